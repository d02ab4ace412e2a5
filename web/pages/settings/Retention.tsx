import { NumberInput, Radio, Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { retentionPreview, retentionUpdate, type retentionView } from '../../../src/contract/retention.ts'
import { LEAST_CALL_DAYS, MOST_CALL_DAYS } from '../../../src/domain/retention.ts'
import { q, useAct } from '../../api.ts'
import type { Draft } from '../../as-opened.tsx'
import type { Labels } from '../../clashes.ts'
import { count, day } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { toast } from '../../ui/announce.tsx'
import { useViewer } from '../../viewer.ts'
import { SettingsForm } from './SettingsForm.tsx'
import classes from './settings.module.css'

type Settings = Output<typeof retentionView>

const TYPING_MS = 400
const A_YEAR = 365

export function retentionOf({ callDays }: Settings) {
  return { callDays }
}

export const RETENTION_LABELS: Labels<ReturnType<typeof retentionOf>> = {
  callDays: { label: 'Single calls are kept', says: keptFor },
}

/** "for 365 days", or "for good". */
export function keptFor(callDays: number | null): string {
  return callDays === null ? 'for good' : `for ${count(callDays)} days`
}

type Props = { form: Draft<Settings, ReturnType<typeof retentionOf>> }

/** For how long single calls are kept. What that erases is said before it is saved, and asked once more. */
export function Retention({ form: { thing, fields, set, changed } }: Props) {
  const { inOrganization, organization } = useViewer()
  const act = useAct(retentionUpdate)
  const [asking, setAsking] = useState(false)
  const { callDays } = fields
  const invalid = callDays !== null && !fits(callDays)
  const erases = useErased(changed && !invalid ? callDays : null)
  const dayOf = (text: string) => day(text, organization.timeZone)
  const save = () =>
    act.mutate(
      { input: { body: { callDays } }, ifMatch: thing.version },
      {
        onSuccess: () => {
          toast(
            callDays === null
              ? 'Saved. Nothing more is erased.'
              : 'Saved. What is older is erased by and by.',
          )
          setAsking(false)
        },
      },
    )
  return (
    <>
      <SettingsForm
        can={inOrganization('security:update')}
        changed={changed}
        invalid={invalid}
        pending={(act.isPending && !asking) || erases === 'counting'}
        error={asking ? null : act.error}
        onSave={() => (callDays === null ? save() : setAsking(true))}
      >
        <Radio.Group
          label="Single calls are kept"
          description="Who called what, when, from where and with which outcome: the access log."
          value={callDays === null ? 'good' : 'days'}
          onChange={(kept) => set({ callDays: kept === 'good' ? null : (thing.callDays ?? A_YEAR) })}
        >
          <Stack gap="sm" mt="sm">
            <Radio value="good" label="For good" />
            <Radio
              value="days"
              label="For so many days"
              description="Then they are erased. What they add up to stays, for good: reports, budgets and costs are the same as before."
            />
          </Stack>
        </Radio.Group>
        {callDays !== null && (
          <NumberInput
            label="Days"
            description={`${LEAST_CALL_DAYS} at least: a dry run of a budget for a quarter of a year reads as many.`}
            min={LEAST_CALL_DAYS}
            max={MOST_CALL_DAYS}
            clampBehavior="none"
            allowDecimal={false}
            required
            value={callDays}
            error={invalid ? `From ${count(LEAST_CALL_DAYS)} to ${count(MOST_CALL_DAYS)}.` : null}
            onChange={(value) => set({ callDays: Number(value) })}
          />
        )}
        {changed && callDays !== null && !invalid && (
          <div className={erases === 'nothing' ? classes.note : classes.warning} role="status">
            {sentenceOf(erases, dayOf)}
          </div>
        )}
        {thing.erasedBefore !== null && (
          <div className={classes.note}>
            Single calls are there from {dayOf(thing.erasedBefore)} on; what was before is erased, or about to
            be.
          </div>
        )}
      </SettingsForm>
      <ConfirmDialog
        opened={asking}
        onClose={() => {
          act.reset()
          setAsking(false)
        }}
        title={`Keep single calls for ${count(callDays ?? 0)} days?`}
        act={erases === 'nothing' ? 'Keep them for so long' : 'Erase what is older'}
        danger={erases !== 'nothing'}
        pending={act.isPending}
        error={act.error}
        onConfirm={save}
      >
        {sentenceOf(erases, dayOf)} Each day after that, one more day is erased. Nothing brings them back but
        a backup from before.
      </ConfirmDialog>
    </>
  )
}

function fits(days: number): boolean {
  return Number.isInteger(days) && days >= LEAST_CALL_DAYS && days <= MOST_CALL_DAYS
}

type Erased = 'counting' | 'unknown' | 'nothing' | { before: string; calls: number }

/** What keeping calls for so long erases, once nobody types any more. */
function useErased(callDays: number | null): Erased {
  const [settled] = useDebouncedValue(callDays, TYPING_MS)
  const asked = useQuery({
    ...q(retentionPreview, { query: { callDays: String(settled) } }),
    enabled: settled !== null && settled === callDays,
  })
  if (callDays === null) return 'nothing'
  if (settled !== callDays || asked.isPending) return 'counting'
  if (asked.data === undefined) return 'unknown'
  return asked.data.calls === 0 ? 'nothing' : asked.data
}

function sentenceOf(erases: Erased, dayOf: (text: string) => string): string {
  if (erases === 'counting') return 'Counting what that erases …'
  if (erases === 'unknown')
    return 'It erases all calls that are older. How many these are could not be counted now; sums stay.'
  if (erases === 'nothing') return 'Nothing is old enough yet to be erased.'
  const calls = erases.calls === 1 ? '1 call' : `${count(erases.calls)} calls`
  return `Erases ${calls} from before ${dayOf(erases.before)}; sums stay.`
}
