import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Output } from '../../../src/contract/operation.ts'
import type { requestList } from '../../../src/contract/requests.ts'
import { firstCall } from '../../first-call.ts'
import { count, duration, usd } from '../../format.ts'
import { SNIPPETS } from '../../snippets.ts'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import type { MadeKey } from './KeyStep.tsx'
import { Step } from './Step.tsx'
import classes from './start.module.css'

/** A model of the demo provider: it says again what it was told. */
const MODEL = 'demo/echo'
const CURL = SNIPPETS.find(({ id }) => id === 'curl')

type Call = Output<typeof requestList>['data'][number]

type Props = {
  /** The newest that was answered: the step is done then. */
  call: Call | null
  /** The newest that was not. */
  refused: Call | null
  next: boolean
  made: MadeKey | null
}

export function CallStep({ call, refused, next, made }: Props) {
  const told = call ?? (next ? refused : null)
  return (
    <Step
      number={3}
      title="Make the first call"
      done={call !== null}
      next={next}
      summary={
        call
          ? 'It went through the gateway, and was counted to the token.'
          : next
            ? 'In a terminal, with the secret in CLAVIGER_API_KEY:'
            : 'Once there is a key.'
      }
    >
      {next && (
        <div className={classes.form}>
          {CURL && (
            <CodeBlock
              text={CURL.text({ origin: location.origin, model: MODEL })}
              label="the call"
              where={CURL.where}
            />
          )}
          {made && <RunHere secret={made.secret} />}
          <div role="status" className={`muted ${classes.waiting}`}>
            {refused
              ? 'The last call was not answered. Waiting for one that is …'
              : 'Waiting for the first call …'}
          </div>
        </div>
      )}
      {told && <Counted call={told} />}
    </Step>
  )
}

/** The secret was made a moment ago, on this page: it is at hand as long as the page is open. */
function RunHere({ secret }: { secret: string }) {
  const run = useMutation({ mutationFn: () => firstCall(secret, MODEL), gcTime: 0 })
  return (
    <div className={classes.line}>
      <Button loading={run.isPending} onClick={() => run.mutate()}>
        Run it here
      </Button>
      {run.data &&
        (run.data.works ? (
          <span>
            {MODEL} said “{run.data.said}” after {duration(run.data.ms)}.
          </span>
        ) : (
          <span role="alert">
            <Status tone="bad">failed</Status> {run.data.why}
          </span>
        ))}
    </div>
  )
}

function Counted({ call }: { call: Call }) {
  const failed = call.status >= 400
  return (
    <div className={classes.form}>
      <div className={classes.result}>
        <Status tone={failed ? 'bad' : 'good'}>{failed ? `refused, ${call.status}` : 'answered'}</Status>
        <strong>{call.model ?? call.operation}</strong>
        <span>
          {count(call.inputTokens)} tokens in, {count(call.outputTokens)} out
        </span>
        <span>{usd(call.costUsd)}</span>
        <span className="muted">{duration(call.durationMs)}</span>
        <To to="/access-log">All calls</To>
      </div>
    </div>
  )
}
