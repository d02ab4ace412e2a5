import { useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { accessCheck } from '../../../src/contract/access.ts'
import { environmentList } from '../../../src/contract/environments.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { q } from '../../api.ts'
import { count } from '../../format.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { Card, Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { useViewer } from '../../viewer.ts'
import { Choice } from '../teams/Choice.tsx'
import { PersonPicker } from '../teams/PersonPicker.tsx'
import { PlacePicker } from '../teams/PlacePicker.tsx'
import { ORGANIZATION, scopeOf } from '../teams/places.ts'
import teams from '../teams/teams.module.css'
import { titleOf } from './Matrix.tsx'
import { PERMISSION_GROUPS } from './permission-groups.ts'
import classes from './roles.module.css'

type Can = Output<typeof accessCheck>['data'][number]['can']

const SHOWN = [
  { value: 'yes', label: 'Allowed' },
  { value: 'no', label: 'Not allowed' },
] as const

/** What somebody may do at a place, and why not: as Claviger itself decides it, asked for them. */
export function WhatCan({ userId }: { userId?: string }) {
  const { organization } = useViewer()
  const [{ who, team, project, environment, verdict = 'yes' }, setAddress] = useAddress()
  const person = userId ?? who
  const where = project
    ? { teamId: team ?? null, projectId: project }
    : team
      ? { teamId: team, projectId: null }
      : ORGANIZATION
  const environments = useQuery({
    ...q(environmentList, { query: { projectId: project ?? '' } }),
    enabled: project !== undefined,
  })
  const target: Scope = environment
    ? { type: 'environment', id: environment }
    : scopeOf(where, organization.id)
  const access = useQuery({
    ...q(accessCheck, { body: { ...(person ? { userId: person } : {}), targets: [target] } }),
    enabled: person !== undefined,
  })
  const nameOf = useNames([person, environment, project, team])
  const shown = SHOWN.find(({ value }) => value === verdict)?.value ?? 'yes'
  const place = environment
    ? `${nameOf(project)} / ${nameOf(environment)}`
    : project || team
      ? nameOf(project ?? team)
      : 'the whole organization'
  return (
    <Section
      title={userId ? 'What they can do' : 'What can somebody do?'}
      note="Asked of Claviger itself, by the roles they hold now. Where something is not allowed, it says what they would be told."
    >
      <div className={classes.chooser}>
        {userId === undefined && (
          <PersonPicker
            label="Person"
            value={who ?? null}
            onChange={(who) => setAddress({ who: who ?? undefined })}
          />
        )}
        <PlacePicker
          label="Where"
          value={where}
          onChange={({ teamId, projectId }) =>
            setAddress({
              team: teamId ?? undefined,
              project: projectId ?? undefined,
              environment: undefined,
            })
          }
        />
        {project !== undefined && (
          <Select
            label="Environment"
            description="Production asks for more."
            clearable
            clearButtonProps={{ 'aria-label': 'Clear' }}
            placeholder="The project itself"
            value={environment ?? null}
            onChange={(id) => setAddress({ environment: id ?? undefined })}
            data={(environments.data?.data ?? []).map(({ id, name, kind }) => ({
              value: id,
              label: `${name} (${kind})`,
            }))}
          />
        )}
      </div>
      {person === undefined ? (
        <p className="muted">Choose somebody to see what they may do, and where it ends.</p>
      ) : (
        <Region of={access} rows={6}>
          {({ data }) => {
            const can = data[0]?.can ?? {}
            const allowed = Object.values(can).filter((verdict) => verdict === true).length
            return (
              <>
                <p role="status">
                  {nameOf(person)} may do <strong>{count(allowed)}</strong> of{' '}
                  {count(Object.keys(can).length)} things in {place}.
                </p>
                <div className={teams.filters}>
                  <Choice
                    label="Which to show"
                    value={shown}
                    onChange={(value) => setAddress({ verdict: value === 'yes' ? undefined : value })}
                    options={SHOWN}
                  />
                </div>
                <Verdicts can={can} shown={shown} />
              </>
            )
          }}
        </Region>
      )}
    </Section>
  )
}

function Verdicts({ can, shown }: { can: Can; shown: 'yes' | 'no' }) {
  const groups = PERMISSION_GROUPS.map(({ resource, permissions }) => ({
    resource,
    lines: permissions.flatMap(({ permission, action }) => {
      const verdict = can[permission]
      if (verdict === undefined) return []
      if ((verdict === true) !== (shown === 'yes')) return []
      return [{ action, verdict }]
    }),
  })).filter(({ lines }) => lines.length > 0)
  if (groups.length === 0) {
    return <Empty title={shown === 'yes' ? 'They may do nothing there' : 'They may do everything there'} />
  }
  return (
    <div className={classes.groups}>
      {groups.map(({ resource, lines }) => (
        <Card key={resource}>
          <h3>{titleOf(resource)}</h3>
          <ul className={classes.verdicts}>
            {lines.map(({ action, verdict }) => (
              <li key={action}>
                {verdict === true ? (
                  <Check size={15} className={classes.yes} role="img" aria-label="allowed:" />
                ) : (
                  <X size={15} className={classes.no} role="img" aria-label="not allowed:" />
                )}
                <span>
                  {action}
                  {verdict !== true && <div className="muted">{verdict.reason}</div>}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      ))}
    </div>
  )
}
