import type { z } from 'zod'
import type { BudgetDryRun, PolicyDryRun } from '../contract/dry-runs.ts'
import { cell, printable, type Row, table } from './table.ts'

type Policy = z.output<typeof PolicyDryRun>
type Budget = z.output<typeof BudgetDryRun>

const LINES = ['calls', 'costUsd', 'firstAt', 'lastAt']

/** What a policy would have refused, for people: the sum in a sentence, then by key and model. */
export function policyDryRunText(answer: Policy): string {
  const { refusedAnyway, shortenedCalls, notChecked } = answer
  const notes = [
    shortenedCalls > 0 && `${counted(shortenedCalls, 'call')} would have got less output than they did.`,
    refusedAnyway > 0 &&
      `${counted(refusedAnyway, 'call')} would be refused by the policies of today, without this change.`,
    notChecked.length > 0 &&
      'Of hosted tools, only searches leave a trace in the usage: others were not checked.',
  ]
  return texts([verdict(answer), lines(answer, ['key', 'model', 'operation', 'code', ...LINES]), ...notes])
}

/** What a budget would have refused, for people: the sum, then its windows, then by key and model. */
export function budgetDryRunText(answer: Budget): string {
  const { budget, windows, slowed } = answer
  const { kind, throttleRequestsPerMinute: perMinute, suspendAtPercent } = budget
  const rows = windows.map(
    (window): Row => ({
      ...window,
      window: window.startedAt,
      spentUsd: `${window.spentUsd} of ${budget.limitUsd}`,
      calls: window.blockedCalls,
      costUsd: window.blockedUsd,
    }),
  )
  const refuses = kind === 'hard' || suspendAtPercent !== null
  const columns = [
    ['window', 'spentUsd'],
    kind === 'soft' ? ['passedAt'] : [],
    perMinute === null ? [] : ['throttledFrom', 'slowedCalls'],
    suspendAtPercent === null ? [] : ['suspendedFrom'],
    refuses ? ['blockedFrom', 'calls', 'costUsd'] : [],
  ].flat()
  return texts([
    verdict(answer),
    slowed.calls > 0 &&
      `Would have slowed down ${counted(slowed.calls, 'call')} from ${counted(slowed.keys, 'key')}: ` +
        `those after the first ${perMinute} of a minute.`,
    !refuses && 'A soft budget refuses nothing, it only warns.',
    rows.length > 0 && table(rows, columns),
    lines(answer, ['key', 'model', ...LINES]),
  ])
}

function verdict({ blocked, calls, costUsd, from, to }: Policy | Budget): string {
  const range = `of ${counted(calls, 'call')} (${costUsd} USD) from ${cell(from)} to ${cell(to)}`
  if (blocked.calls === 0) return `Would have blocked nothing ${range}.`
  return (
    `Would have blocked ${counted(blocked.calls, 'call')} from ${counted(blocked.keys, 'key')}, ` +
    `${range}: ${blocked.costUsd} USD, ${blocked.costPercent} % of the cost.`
  )
}

function lines({ data, names, truncated }: Policy | Budget, columns: string[]): string | false {
  if (data.length === 0) return false
  const rows = data.map((line): Row => ({ ...line, key: printable(names[line.keyId] ?? line.keyId) }))
  return `${table(rows, columns)}${truncated ? '\nThere are more: these cost the most. The sum counts all of them.' : ''}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function texts(parts: (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n\n')
}
