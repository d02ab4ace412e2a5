import { Checkbox, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { environmentList } from '../../src/contract/environments.ts'
import { all } from '../all.ts'
import { useNames } from '../names.ts'
import { Loading } from '../ui/Region.tsx'
import { EnvironmentBadge } from '../ui/Status.tsx'
import classes from './EnvironmentChoice.module.css'

/** From so many on, one looks for them by name. */
const MANY = 12

/** Environments to tick, each by its project. */
export function EnvironmentChoice({
  value,
  onChange,
}: {
  value: string[]
  onChange: (ids: string[]) => void
}) {
  const environments = useQuery(all(environmentList, {}))
  const [text, setText] = useState('')
  const live = environments.data?.items.filter(({ archivedAt }) => archivedAt === null) ?? []
  const nameOf = useNames(live.map(({ projectId }) => projectId))
  if (!environments.data) return <Loading rows={3} />
  const named = live
    .map((environment) => ({
      ...environment,
      title: `${nameOf(environment.projectId)} / ${environment.name}`,
    }))
    .filter(({ title }) => title.toLowerCase().includes(text.toLowerCase()))
    .sort((one, other) => one.title.localeCompare(other.title))
  return (
    <fieldset className={classes.choice}>
      <legend>Environments that may use it</legend>
      <Stack gap="xs">
        {live.length > MANY && (
          <TextInput
            aria-label="Find an environment"
            placeholder="Find an environment"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        {live.length === 0 && <p className="muted">There is no environment yet.</p>}
        {named.map(({ id, title, kind }) => (
          <Checkbox
            key={id}
            checked={value.includes(id)}
            label={
              <span className={classes.label}>
                {title} <EnvironmentBadge kind={kind} />
              </span>
            }
            onChange={(event) =>
              onChange(event.currentTarget.checked ? [...value, id] : value.filter((one) => one !== id))
            }
          />
        ))}
      </Stack>
    </fieldset>
  )
}
