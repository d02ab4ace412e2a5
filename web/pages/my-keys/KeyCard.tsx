import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ComponentProps } from 'react'
import { ago } from '../../format.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Card } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { EnvironmentBadge, KeyState } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useSeen } from '../../ui/use-seen.ts'
import { KeyRowMenu } from '../keys/KeyRowMenu.tsx'
import type { useKeyActs } from '../keys/key-acts.tsx'
import classes from '../keys/keys.module.css'
import { hintOf, type Key, type NameOf } from '../keys/Place.tsx'
import { LEVELS, type Rule } from '../keys/rule-words.ts'
import { explainedOf } from '../keys/WhatIsLeft.tsx'

/** One of the viewer's keys: whether it works, what is left of it, and until when. */
export function KeyCard({
  of: key,
  nameOf,
  can,
  begin,
  chosen,
  choose,
}: {
  of: Key
  nameOf: NameOf
  can: ComponentProps<typeof KeyRowMenu>['can']
  begin: ReturnType<typeof useKeyActs>['begin']
  /** It is the one that "Use it" is about. */
  chosen: boolean
  choose: () => void
}) {
  const [ref, seen] = useSeen()
  return (
    <Card className={`${classes.keyCard} ${chosen ? classes.chosen : ''}`}>
      <div className={classes.head}>
        <span className={classes.place}>
          <KeyState state={key.state} />
          <EnvironmentBadge kind={key.environmentKind} />
        </span>
        <KeyRowMenu of={key} can={can} begin={begin} />
      </div>
      <div>
        <h3>
          <To to="/keys/$keyId" params={{ keyId: key.id }}>
            {key.name}
          </To>
        </h3>
        <span className="muted">
          {nameOf(key.projectId)} · <code>{hintOf(key)}</code>
        </span>
      </div>
      {key.suspension && (
        <div>
          Suspended: “{key.suspension.reason}”
          {key.suspension.resumeAt && <>, until {ago(key.suspension.resumeAt)}</>}
        </div>
      )}
      <div ref={ref} className={classes.left}>
        {seen && <Left of={key} />}
      </div>
      <div className={classes.head}>
        <span className={classes.limit}>
          <span className="muted">
            {key.lastUsedAt === null ? (
              'Never used'
            ) : (
              <>
                Used <Time at={key.lastUsedAt} />
              </>
            )}
          </span>
          <span className="muted">
            {key.expiresAt === null ? (
              'No end'
            ) : (
              <>
                Ends <Time at={key.expiresAt} />
              </>
            )}
          </span>
        </span>
        <Button size="compact-md" variant="default" aria-pressed={chosen} onClick={choose}>
          Use it
        </Button>
      </div>
    </Card>
  )
}

/** What is left of a key, which is a question of its own for each. */
function Left({ of: key }: { of: Key }) {
  const explained = useQuery(explainedOf(key.id))
  return (
    <Region of={explained} rows={1}>
      {({ rules }) => <FirstSpent rules={rules} />}
    </Region>
  )
}

/** The budget that will be spent first, which is what one wants to know of a key. */
function FirstSpent({ rules }: { rules: Rule[] }) {
  const budgets = rules.filter(({ budget }) => budget !== null)
  const first = budgets.find(({ binds }) => binds) ?? leastLeft(budgets)
  if (!first?.budget) {
    const hidden = rules.some(({ kind, readable }) => kind === 'budget' && !readable)
    return (
      <span className="muted">{hidden ? 'Its budgets are not yours to see.' : 'No budget limits it.'}</span>
    )
  }
  const { name, spentUsd, limitUsd, resetsAt } = first.budget
  return (
    <div className={classes.limit}>
      <span>
        {name} <span className="muted">({LEVELS[first.scope.type].toLowerCase()})</span>
      </span>
      <Meter used={spentUsd} limit={limitUsd} label={`Used of ${name}`} />
      {resetsAt && <small className="muted">It resets {ago(resetsAt)}.</small>}
    </div>
  )
}

function leastLeft(budgets: Rule[]): Rule | undefined {
  const left = ({ budget }: Rule) => Number(budget?.remainingUsd ?? Number.POSITIVE_INFINITY)
  return [...budgets].sort((a, b) => left(a) - left(b))[0]
}
