import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { invitationList, invitationRenew, invitationRevoke } from '../../../src/contract/invitations.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { pages, useAct } from '../../api.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Problem } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { LinkDialog } from '../teams/LinkDialog.tsx'
import { scopeOf } from '../teams/places.ts'
import { useRoleNames } from '../teams/RoleFields.tsx'
import teams from '../teams/teams.module.css'
import { hasLapsed, isOpen } from './invitation-state.ts'

type Invitation = Output<typeof invitationList>['data'][number]

/** Who was asked in and has not come yet. Nothing when nobody was, or when one may not see it. */
export function Invitations() {
  const { organization } = useViewer()
  const list = useInfiniteQuery(pages(invitationList, { query: { limit: 200 } }))
  const open = (list.data?.pages ?? []).flatMap(({ data }) => data).filter(isOpen)
  const nameOf = useNames(
    open.flatMap(({ invitedBy, roles }) => [
      invitedBy,
      ...roles.flatMap(({ teamId, projectId }) => [teamId, projectId]),
    ]),
  )
  const roleName = useRoleNames()
  const places = open.flatMap(({ roles }) => roles.map((role) => scopeOf(role, organization.id)))
  const can = useCan([...new Map(places.map((place) => [place.id, place])).values()])
  const [ending, setEnding] = useState<Invitation | null>(null)
  const [link, setLink] = useState<string | null>(null)
  const renew = useAct(invitationRenew)
  const revoke = useAct(invitationRevoke)
  // Of an invitation with several roles, whoever may not do it at one of their places may not do it.
  const verdict = (permission: 'invitation:create' | 'invitation:revoke', { roles }: Invitation) => {
    const verdicts = roles.map((role) => can(permission, scopeOf(role, organization.id).id))
    return verdicts.find((one) => one !== true) ?? true
  }
  if (open.length === 0 && link === null) return null
  return (
    <Section title="Invitations that wait">
      <Problem error={renew.error} />
      <DataTable
        label="Invitations that wait"
        rows={open}
        rowId={({ id }) => id}
        columns={[
          {
            id: 'who',
            header: 'Whom',
            title: true,
            cell: ({ email, name }) => (
              <span className={teams.twoLines}>
                {name ?? email}
                {name !== null && <span className={teams.plain}>{email}</span>}
              </span>
            ),
          },
          {
            id: 'roles',
            header: 'Will be',
            cell: ({ roles }) => (
              <span className={teams.twoLines}>
                {roles.map(({ role, teamId, projectId, production }) => (
                  <span key={`${role}/${teamId}/${projectId}`}>
                    {roleName(role)}{' '}
                    <span className="muted">
                      {teamId === null && projectId === null
                        ? 'in the organization'
                        : `in ${nameOf(projectId ?? teamId)}`}
                      {production && ', with production'}
                    </span>
                  </span>
                ))}
              </span>
            ),
          },
          { id: 'by', header: 'Asked by', cell: ({ invitedBy }) => nameOf(invitedBy) },
          {
            id: 'until',
            header: 'Until',
            cell: (invitation) =>
              hasLapsed(invitation) ? (
                <Status tone="warn">lapsed</Status>
              ) : (
                <Time at={invitation.expiresAt} />
              ),
          },
        ]}
        actions={(invitation) => (
          <span className={teams.rowActs}>
            <ActButton
              size="compact-sm"
              variant="default"
              can={verdict('invitation:create', invitation)}
              loading={renew.isPending && renew.variables?.input.params.invitationId === invitation.id}
              onClick={() =>
                renew.mutate(
                  { input: { params: { invitationId: invitation.id } } },
                  {
                    onSuccess: (sent) => {
                      setLink(sent.link)
                      toast(
                        `A new invitation for ${invitation.email} is ready; the link from before opens nothing.`,
                      )
                    },
                  },
                )
              }
            >
              Renew<span className="unseen"> the invitation of {invitation.email}</span>
            </ActButton>
            <ActButton
              size="compact-sm"
              variant="default"
              can={verdict('invitation:revoke', invitation)}
              onClick={() => {
                revoke.reset()
                setEnding(invitation)
              }}
            >
              Take back<span className="unseen"> the invitation of {invitation.email}</span>
            </ActButton>
          </span>
        )}
        more={moreOf(list)}
      />
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title={`Take back the invitation of ${ending.email}?`}
          act="Take back"
          danger
          pending={revoke.isPending}
          error={revoke.error}
          onConfirm={() =>
            revoke.mutate(
              { input: { params: { invitationId: ending.id } } },
              {
                onSuccess: () => {
                  toast(`The invitation of ${ending.email} is taken back.`)
                  setEnding(null)
                },
              },
            )
          }
        >
          Its link opens nothing any more. You can invite them again.
        </ConfirmDialog>
      )}
      <LinkDialog link={link} title="Hand over this invitation" onClose={() => setLink(null)}>
        No mail is sent from here, so give this link to them yourself, on a channel that you trust. Whoever
        has it can accept.
      </LinkDialog>
    </Section>
  )
}
