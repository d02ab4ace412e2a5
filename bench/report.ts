import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import type { Column, Goal, Scenario } from './scenarios.ts'
import { repoDir } from './settings.ts'
import { addedBy, medianOf, type Results, spreadOf } from './statistics.ts'
import type { Variant } from './target.ts'

/** One scenario as markdown: the table of variants, then each goal beside what was measured. */
export function scenarioSection(scenario: Scenario, results: Results): string {
  const titles = ['variant', ...scenario.columns.map((column) => column.title), 'spread']
  const rows = scenario.variants
    .filter((variant) => results.has(variant))
    .map((variant) => [
      label(variant, results),
      ...scenario.columns.map((c) => cell(c, results, variant)),
      spread(scenario, results, variant),
    ])
  const goals = scenario.goals
    .filter((goal) => Number.isFinite(goal.measured(results)))
    .map((goal) => [
      goal.what,
      withUnit(goal.measured(results), goal.format),
      reach(goal),
      isMet(goal, results) ? 'yes' : '**no**',
    ])
  const goalTable = goals.length > 0 ? `\n\n${table(['goal', 'measured', 'wanted', 'met'], goals)}` : ''
  return `## ${scenario.name}\n\n${scenario.title}.\n\n${table(titles, rows)}${goalTable}\n`
}

/** What a reader needs to judge the numbers: the machine, the versions, the time. */
export function preamble(repetitions: number): string {
  const lines = [
    `- Claviger ${commit()}, Node ${process.version}, ${nginxVersion()}, @portkey-ai/gateway 1.15.2 on the same Node`,
    `- ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `- ${new Date().toISOString().slice(0, 16)}Z, ${repetitions} interleaved repetitions, medians; spread is (max − min) ÷ median of the first column`,
    '- "per core" is per second of CPU time of the gateway process. Claviger does its full work on every call: key, policy, rate limits, budgets at three levels, usage. nginx and relay do none of it; Portkey has no budgets or limits.',
    '- Absolute numbers belong to this machine; the ratios are what to compare. A variant marked * was disturbed by other work on the machine.',
  ]
  return `# Benchmarks\n\nPrinted by \`npm run bench -- --write\`; [bench/README.md](../bench/README.md) says how and why.\n\n${lines.join('\n')}\n`
}

export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: repoDir,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim()
  } catch {
    return 'uncommitted'
  }
}

function nginxVersion(): string {
  // nginx prints its version to stderr.
  return execFileSync('sh', ['-c', 'nginx -v 2>&1']).toString().trim().replace(/^.*: /, '')
}

function label(variant: Variant, results: Results): string {
  return results.get(variant)?.some((sample) => sample.disturbed) ? `${variant}*` : variant
}

function cell(column: Column, results: Results, variant: Variant): string {
  if (column.kind === 'added' && variant === 'direct')
    return `(${format(medianOf(results, variant, column.metric), column.unit)})`
  const of = column.kind === 'added' ? addedBy : medianOf
  return format(of(results, variant, column.metric), column.unit)
}

function spread(scenario: Scenario, results: Results, variant: Variant): string {
  const first = scenario.columns[0]
  return first ? format(spreadOf(results, variant, first.metric), 'percent') : ''
}

function isMet({ goal, measured }: Goal, results: Results): boolean {
  return 'atLeast' in goal ? measured(results) >= goal.atLeast : measured(results) <= goal.atMost
}

function reach({ goal, format: unit }: Goal): string {
  return 'atLeast' in goal ? `≥ ${withUnit(goal.atLeast, unit)}` : `≤ ${withUnit(goal.atMost, unit)}`
}

/** Columns have their unit in the title; goals stand alone. */
function withUnit(value: number, unit: Goal['format']): string {
  const suffix = { us: ' µs', MB: ' MB', percent: '', times: '' }[unit]
  return format(value, unit) + suffix
}

function format(value: number, unit: Column['unit'] | Goal['format']): string {
  if (!Number.isFinite(value)) return '–'
  if (unit === 'percent') return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`
  if (unit === 'times') return `${value.toFixed(value < 10 ? 1 : 0)}×`
  if (unit === 'ms') return (value / 1000).toFixed(2)
  if (unit === 'us') return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')
  return Math.round(value).toLocaleString('en-US')
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = `|${titles.map((_, i) => (i === 0 ? '---|' : '--:|')).join('')}`
  return [line(titles), rule, ...rows.map(line)].join('\n')
}
