import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import type { projectView } from '../../../src/contract/projects.ts'
import { trustRuleDelete, trustRuleList, trustRuleUpdate } from '../../../src/contract/trust-rules.ts'
import { pages, useAct } from '../../api.ts'
import { count } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import teams from '../teams/teams.module.css'
import { TrustRuleForm } from './TrustRuleForm.tsx'

type Rule = Output<typeof trustRuleList>['data'][number]

/** Workloads that get short-lived secrets for a token of their platform. */
export function TrustRules({ project }: { project: Output<typeof projectView> }) {
  const list = useInfiniteQuery(pages(trustRuleList, { query: { projectId: project.id, limit: 50 } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(
    rows.flatMap(({ serviceAccountId, environmentId }) => [serviceAccountId, environmentId]),
  )
  const can = useCan([
    { type: 'project', id: project.id },
    ...rows.map(({ environmentId: id }) => ({ type: 'environment' as const, id })),
  ])
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<{ rule: Rule; how: 'disable' | 'delete' } | null>(null)
  const update = useAct(trustRuleUpdate)
  const remove = useAct(trustRuleDelete)
  const mayCreate = can('trust-rule:create', project.id)
  const acting = ending?.how === 'delete' ? remove : update
  const done = (text: string) => ({
    onSuccess: () => {
      toast(text)
      setEnding(null)
    },
  })
  const disable = (rule: Rule, disabled: boolean) =>
    update.mutate(
      { input: { params: { trustRuleId: rule.id }, body: { disabled } }, ifMatch: rule.version },
      done(disabled ? `${rule.name} trusts nobody any more.` : `${rule.name} holds again.`),
    )
  const end = () => {
    if (!ending) return
    const { rule, how } = ending
    if (how === 'disable') return disable(rule, true)
    remove.mutate({ input: { params: { trustRuleId: rule.id } } }, done(`${rule.name} is deleted.`))
  }
  return (
    <Section
      title="Sign-in without a stored key"
      note="Kubernetes, GitHub Actions and GitLab CI give each program a token that says who it is. A trust rule says which of these tokens to believe: for one of them, the program gets a secret that works for some minutes, and no key is stored anywhere."
      actions={
        <ActButton variant="default" can={mayCreate} onClick={() => setAdding(true)}>
          New trust rule
        </ActButton>
      }
    >
      <Region of={list}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No trust rules">
              <p>Programs of this project use keys that are stored where they run.</p>
            </Empty>
          ) : (
            <DataTable
              label={`Trust rules of ${project.name}`}
              rows={rows}
              rowId={({ id }) => id}
              columns={[
                { id: 'name', header: 'Rule', title: true, cell: ({ name }) => name },
                {
                  id: 'program',
                  header: 'Program',
                  cell: ({ serviceAccountId, environmentId, keyId }) => (
                    <span className={teams.twoLines}>
                      <To to="/keys/$keyId" params={{ keyId }}>
                        {nameOf(serviceAccountId)}
                      </To>
                      <span className={teams.plain}>in {nameOf(environmentId)}</span>
                    </span>
                  ),
                },
                {
                  id: 'issuer',
                  header: 'Believes',
                  cell: ({ issuer, claims }) => (
                    <span className={teams.twoLines}>
                      <span>{issuer}</span>
                      {Object.entries(claims).map(([claim, value]) => (
                        <code key={claim}>
                          {claim} = {value}
                        </code>
                      ))}
                    </span>
                  ),
                },
                {
                  id: 'ttl',
                  header: 'A secret works',
                  cell: ({ ttlSeconds }) => lifeOf(ttlSeconds),
                },
                {
                  id: 'state',
                  header: 'State',
                  cell: ({ disabledAt }) =>
                    disabledAt === null ? (
                      <Status tone="good">holds</Status>
                    ) : (
                      <Status tone="quiet">disabled</Status>
                    ),
                },
              ]}
              actions={(rule) => {
                const verdict = can('trust-rule:update', rule.environmentId)
                const ask = (how: 'disable' | 'delete') => {
                  update.reset()
                  remove.reset()
                  setEnding({ rule, how })
                }
                return (
                  <span className={teams.rowActs}>
                    <ActButton
                      size="compact-sm"
                      variant="default"
                      can={verdict}
                      onClick={() => (rule.disabledAt === null ? ask('disable') : disable(rule, false))}
                    >
                      {rule.disabledAt === null ? 'Disable' : 'Enable'}
                      <span className="unseen"> {rule.name}</span>
                    </ActButton>
                    <ActButton
                      size="compact-sm"
                      variant="default"
                      can={verdict}
                      onClick={() => ask('delete')}
                    >
                      Delete<span className="unseen"> {rule.name}</span>
                    </ActButton>
                  </span>
                )
              }}
              more={moreOf(list)}
            />
          )
        }
      </Region>
      {adding && <TrustRuleForm project={project} onClose={() => setAdding(false)} />}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title={ending.how === 'delete' ? `Delete ${ending.rule.name}?` : `Disable ${ending.rule.name}?`}
          act={ending.how === 'delete' ? 'Delete' : 'Disable'}
          danger
          {...(ending.how === 'delete' ? { typed: ending.rule.name } : {})}
          pending={acting.isPending}
          error={acting.error}
          onConfirm={end}
        >
          {ending.how === 'delete'
            ? 'Its key is revoked for good, and the secrets it gave stop working within two seconds.'
            : 'The secrets it gave stop working within two seconds, and it gives no others. You can enable it again.'}
        </ConfirmDialog>
      )}
    </Section>
  )
}

function lifeOf(seconds: number): string {
  const minutes = seconds / 60
  if (!Number.isInteger(minutes)) return `${count(seconds)} seconds`
  return minutes === 1 ? 'one minute' : `${count(minutes)} minutes`
}
