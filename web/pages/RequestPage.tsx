import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import {
  accessRequestDeny,
  accessRequestEnd,
  accessRequestView,
  accessRequestWithdraw,
} from '../../src/contract/access-requests.ts'
import { q, useAct } from '../api.ts'
import { moment } from '../format.ts'
import { AccessRequestApprove, ConfirmDialog } from '../forms/panels.ts'
import { useNames } from '../names.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { toast } from '../ui/announce.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Card, Page, Section } from '../ui/Page.tsx'
import { ShortcutHint, useShortcuts } from '../ui/PageShortcuts.tsx'
import { Region } from '../ui/Region.tsx'
import { EnvironmentBadge, Status } from '../ui/Status.tsx'
import { Time } from '../ui/Time.tsx'
import { useViewer } from '../viewer.ts'
import { Effects } from './requests/Effects.tsx'
import classes from './requests/requests.module.css'
import { Said } from './requests/Said.tsx'
import { WhatItChanges } from './requests/WhatItChanges.tsx'
import {
  type Found,
  type Request,
  STATE,
  standing,
  termFacts,
  termsInForce,
  titleOf,
} from './requests/words.ts'

const ABOVE = [{ title: 'Requests', to: '/requests' as const }]

export default function RequestPage() {
  const { accessRequestId = '' } = useParams({ strict: false })
  const found = useQuery(q(accessRequestView, { params: { accessRequestId } }))
  if (!found.data) {
    return (
      <Page title="Request" passing above={ABOVE}>
        <Region of={found} rows={8}>
          {() => null}
        </Region>
      </Page>
    )
  }
  return <Shown found={found.data} />
}

type Asking = 'approve' | 'deny' | 'withdraw' | 'end' | null

function Shown({ found }: { found: Found }) {
  const { request, can } = found
  const [asking, setAsking] = useState<Asking>(null)
  const { user } = useViewer()
  const own = request.requesterId === user?.id
  const pending = request.state === 'pending'
  const close = () => setAsking(null)
  useShortcuts(can.decide === true ? { a: () => setAsking('approve'), d: () => setAsking('deny') } : {})
  return (
    <Page
      title={titleOf(request)}
      above={ABOVE}
      badge={
        <>
          <Status tone={STATE[request.state].tone}>{STATE[request.state].text}</Status>
          {request.production && <EnvironmentBadge kind="production" />}
        </>
      }
      lead={standing(request, can.decide === true)}
      actions={
        <>
          {pending && (
            <>
              <ActButton can={can.decide} onClick={() => setAsking('approve')}>
                Approve
              </ActButton>
              <ActButton variant="default" can={can.decide} onClick={() => setAsking('deny')}>
                Deny
              </ActButton>
            </>
          )}
          {pending && own && (
            <ActButton variant="default" can={can.withdraw} onClick={() => setAsking('withdraw')}>
              Withdraw
            </ActButton>
          )}
          {request.state === 'approved' && (
            <ActButton variant="default" can={can.end} onClick={() => setAsking('end')}>
              {own ? 'Give it back' : 'Take it back'}
            </ActButton>
          )}
        </>
      }
    >
      <div className={classes.columns}>
        <div>
          <Section title="What is asked for">
            <Card>
              <Terms request={request} />
            </Card>
          </Section>
          <Section title="Why">
            <Card>
              <p className={classes.quote}>{request.reason}</p>
            </Card>
          </Section>
        </div>
        <div>
          {(request.effects ?? []).length > 0 ? (
            <Section title={request.state === 'ended' ? 'What it gave, until it ended' : 'What it gave'}>
              <Card>
                <Effects request={request} own={own} />
              </Card>
            </Section>
          ) : (
            pending && (
              <Section title="What it would change">
                <Card>
                  <WhatItChanges request={request} />
                </Card>
              </Section>
            )
          )}
          <Section title="What was said">
            <Card>
              <Said {...found} />
            </Card>
          </Section>
        </div>
      </div>
      {can.decide === true && <ShortcutHint>a approves, d denies; both ask first.</ShortcutHint>}
      {asking === 'approve' && <AccessRequestApprove request={request} onClose={close} />}
      <Deny request={request} opened={asking === 'deny'} onClose={close} />
      <Withdraw request={request} opened={asking === 'withdraw'} onClose={close} />
      <End request={request} own={own} opened={asking === 'end'} onClose={close} />
    </Page>
  )
}

function Terms({ request }: { request: Request }) {
  const { terms, narrowed, until, teamId, projectId, targetId, requester, createdAt } = request
  const serviceAccountId = terms.serviceAccountId
  const nameOf = useNames([teamId, projectId, targetId, serviceAccountId])
  const where = [nameOf(teamId), ...(projectId === null ? [] : [nameOf(projectId)])]
  // Of rules there are no names here: what they are is said beside.
  const named = /^(?:env|key)_/.test(targetId)
  return (
    <>
      <Facts
        of={[
          { label: 'Who', value: `${requester.name}, ${requester.email}` },
          { label: 'Where', value: [...where, ...(named ? [nameOf(targetId)] : [])].join(' / ') },
          ...termFacts(termsInForce(request)),
          { label: 'Key of the program', value: serviceAccountId && nameOf(serviceAccountId) },
          { label: 'Until', value: until === null ? 'no end' : moment(until) },
          { label: 'Asked', value: <Time at={createdAt} /> },
        ]}
      />
      {narrowed !== null && (
        <p className="muted">
          Less than was asked for, which was:{' '}
          {termFacts(terms)
            .map(({ label, value }) => `${label.toLowerCase()} ${value}`)
            .join(', ')}
          {terms.until ? `, until ${moment(terms.until)}` : ''}.
        </p>
      )}
    </>
  )
}

type DialogProps = { request: Request; opened: boolean; onClose: () => void }

function Deny({ request, opened, onClose }: DialogProps) {
  const act = useAct(accessRequestDeny)
  const input = (reason: string) => ({ params: { accessRequestId: request.id }, body: { reason } })
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Deny this request?"
      act="Deny"
      reason="required"
      pending={act.isPending}
      error={act.error}
      onConfirm={(reason) =>
        act.mutate(
          { input: input(reason), ifMatch: request.version },
          {
            onSuccess: () => {
              toast('Denied. Who asked is told why.')
              onClose()
            },
          },
        )
      }
    >
      {request.requester.name} is told, with your reason, and may ask again.
    </ConfirmDialog>
  )
}

function Withdraw({ request, opened, onClose }: DialogProps) {
  const act = useAct(accessRequestWithdraw)
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Withdraw your request?"
      act="Withdraw"
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { accessRequestId: request.id } }, ifMatch: request.version },
          {
            onSuccess: () => {
              toast('Withdrawn.')
              onClose()
            },
          },
        )
      }
    >
      Nobody decides about it any more. You may ask again.
    </ConfirmDialog>
  )
}

function End({ request, own, opened, onClose }: DialogProps & { own: boolean }) {
  const act = useAct(accessRequestEnd)
  const input = (reason: string) => ({ params: { accessRequestId: request.id }, body: { reason } })
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={own ? 'Give back what you got?' : `Take back what ${request.requester.name} got?`}
      act={own ? 'Give it back' : 'Take it back'}
      danger
      reason="required"
      pending={act.isPending}
      error={act.error}
      onConfirm={(reason) =>
        act.mutate(
          { input: input(reason), ifMatch: request.version },
          {
            onSuccess: () => {
              toast('Taken back.')
              onClose()
            },
          },
        )
      }
    >
      It ends at once: a key that it gave is revoked, a role, models, money and rates are taken back. What
      others changed meanwhile stays as they left it. This cannot be undone.
    </ConfirmDialog>
  )
}
