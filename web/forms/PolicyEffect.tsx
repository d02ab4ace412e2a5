import type { policyDryRun } from '../../src/contract/dry-runs.ts'
import type { Output } from '../../src/contract/operation.ts'
import { count, usd } from '../format.ts'
import { Card } from '../ui/Page.tsx'
import { To } from '../ui/To.tsx'
import classes from './PolicyEffect.module.css'

const MOST_LINES = 8

/** What a policy would have refused of the calls of the last days, dearest first. */
export function PolicyEffect({ effect }: { effect: Output<typeof policyDryRun> }) {
  const { blocked, calls, data, names, refusedAnyway, shortenedCalls, notChecked } = effect
  return (
    <Card className={classes.effect ?? ''}>
      <div role="status">
        <strong>{sentence(effect)}</strong>
        {blocked.calls > 0 && (
          <p className="muted">
            Of {count(calls)} calls in the last seven days; they cost {usd(blocked.costUsd)}, or{' '}
            {blocked.costPercent} % of all.
          </p>
        )}
        {shortenedCalls > 0 && <p>{plural(shortenedCalls, 'call')} would have had a shorter output.</p>}
        {refusedAnyway > 0 && (
          <p className="muted">
            {plural(refusedAnyway, 'call')} of that time would be refused by today’s policies in any case.
          </p>
        )}
        {notChecked.length > 0 && (
          <p className="muted">Of hosted tools, only searches are known: other tools are not checked here.</p>
        )}
      </div>
      {data.length > 0 && (
        <ul className={classes.lines}>
          {data.slice(0, MOST_LINES).map(({ keyId, model, operation, code, calls }) => (
            <li key={`${keyId}/${model}/${operation}/${code}`}>
              <To to="/keys/$keyId" params={{ keyId }}>
                {names[keyId] ?? keyId}
              </To>
              : {plural(calls, 'call')} to {model ?? operation}
            </li>
          ))}
          {data.length > MOST_LINES && <li className="muted">and {data.length - MOST_LINES} more</li>}
        </ul>
      )}
    </Card>
  )
}

function sentence({ calls, blocked }: Output<typeof policyDryRun>): string {
  if (calls === 0) return 'Nobody called in the last seven days: there is nothing to compare with.'
  if (blocked.calls === 0) return 'It would have blocked no call of the last seven days.'
  return `It would have blocked ${plural(blocked.calls, 'call')} from ${plural(blocked.keys, 'key')}.`
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}
