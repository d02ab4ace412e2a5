import { Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import type { RequestKind } from '../../src/domain/access-request.ts'
import type { Targets } from './access-request-asked.ts'
import {
  BudgetField,
  EnvironmentField,
  KeyField,
  ProjectField,
  RateLimitField,
  TeamField,
} from './access-request-targets.tsx'

/** What is asked about: the team, project, key or rule. */
export function About({
  kind,
  targets,
  choose,
}: {
  kind: RequestKind
  targets: Targets
  choose: (targets: Targets) => void
}) {
  switch (kind) {
    case 'key':
      return <EnvironmentField value={targets.environmentId} choose={(id) => choose({ environmentId: id })} />
    case 'model':
      return <ModelPlace targets={targets} choose={choose} />
    case 'budget':
      return <BudgetField value={targets.budgetId} choose={(id) => choose({ budgetId: id })} />
    case 'rate':
      return <RateLimitField value={targets.rateLimitId} choose={(id) => choose({ rateLimitId: id })} />
    case 'production':
      return <ProjectField value={targets.projectId} choose={(id) => choose({ projectId: id })} />
    case 'team':
      return <TeamField value={targets.teamId} choose={(id) => choose({ teamId: id })} />
    case 'expiry':
      return <KeyField value={targets.keyId} choose={(id) => choose({ keyId: id })} />
  }
}

const PLACES = {
  keyId: 'One key',
  environmentId: 'An environment',
  projectId: 'A project',
  teamId: 'A whole team',
}
type ModelTarget = keyof typeof PLACES

function ModelPlace({ targets, choose }: { targets: Targets; choose: (targets: Targets) => void }) {
  const names = Object.keys(PLACES) as ModelTarget[]
  const [where, setWhere] = useState<ModelTarget>(
    () => names.find((name) => targets[name] !== undefined) ?? 'projectId',
  )
  const field = { value: targets[where], choose: (id: string) => choose({ [where]: id }) }
  return (
    <>
      <Radio.Group
        label="For"
        value={where}
        onChange={(next) => {
          setWhere(next as ModelTarget)
          choose({})
        }}
      >
        <Stack gap={6} mt={4}>
          {names.map((name) => (
            <Radio key={name} value={name} label={PLACES[name]} />
          ))}
        </Stack>
      </Radio.Group>
      {where === 'keyId' && <KeyField {...field} />}
      {where === 'environmentId' && <EnvironmentField {...field} />}
      {where === 'projectId' && <ProjectField {...field} />}
      {where === 'teamId' && <TeamField {...field} />}
    </>
  )
}
