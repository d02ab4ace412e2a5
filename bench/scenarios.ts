import type { Load } from './load.ts'
import { type Durations, model, streamModel } from './settings.ts'
import * as of from './statistics.ts'
import type { Variant } from './target.ts'

/** The scenarios as data: what is sent to whom, what is shown, and what Claviger should reach. */

export type Column = {
  title: string
  metric: of.Metric
  kind: 'value' | 'added'
  unit: 'count' | 'us' | 'ms' | 'MB'
}

export type Goal = {
  what: string
  measured: (results: of.Results) => number
  format: 'percent' | 'times' | 'us' | 'MB'
  goal: { atLeast: number } | { atMost: number }
}

export type Scenario = {
  name: string
  title: string
  variants: readonly Variant[]
  load: (durations: Durations, ourMaximum: number) => Load
  /** The spread between runs is shown of the first. */
  columns: Column[]
  goals: Goal[]
}

const throughput: Column[] = [
  { title: 'req/s per core', metric: of.perCore, kind: 'value', unit: 'count' },
  { title: 'CPU µs per request', metric: of.cpuUs, kind: 'value', unit: 'us' },
  { title: 'database CPU µs per request', metric: of.databaseCpuUs, kind: 'value', unit: 'us' },
  { title: 'p50 ms', metric: of.p50, kind: 'value', unit: 'ms' },
  { title: 'p99 ms', metric: of.p99, kind: 'value', unit: 'ms' },
  { title: 'RSS MB', metric: of.rssMb, kind: 'value', unit: 'MB' },
]

const added: Column[] = [
  { title: 'added p50 µs', metric: of.p50, kind: 'added', unit: 'us' },
  { title: 'added p99 µs', metric: of.p99, kind: 'added', unit: 'us' },
  { title: 'CPU µs per request', metric: of.cpuUs, kind: 'value', unit: 'us' },
  { title: 'req/s', metric: of.perSecond, kind: 'value', unit: 'count' },
]

const streamed: Column[] = [
  { title: 'CPU µs per chunk', metric: of.cpuUsPerChunk, kind: 'value', unit: 'us' },
  { title: 'chunks/s', metric: of.chunksPerSecond, kind: 'value', unit: 'count' },
  { title: 'RSS MB', metric: of.rssMb, kind: 'value', unit: 'MB' },
  { title: 'chunk added p50 µs', metric: of.chunkP50, kind: 'added', unit: 'us' },
  { title: 'chunk added p99 µs', metric: of.chunkP99, kind: 'added', unit: 'us' },
  { title: 'first byte added p50 µs', metric: of.firstByteP50, kind: 'added', unit: 'us' },
]

export const scenarios: Scenario[] = [
  {
    name: 'streams-1000',
    title: '1,000 concurrent event streams, 10 chunks a second each',
    variants: ['direct', 'nginx', 'relay', 'portkey', 'claviger'],
    load: (d) => ({
      mode: 'streams',
      seconds: d.streamSeconds,
      connections: 1000,
      model: streamModel,
      rampSeconds: 2,
    }),
    columns: streamed,
    goals: [
      goal('memory of the process', (r) => of.medianOf(r, 'claviger', of.rssMb), 'MB', { atMost: 250 }),
    ],
  },
  {
    name: 'json-1k5',
    title: 'JSON, 1.5 KB request, closed loop, 32 connections',
    variants: ['nginx', 'relay', 'portkey', 'claviger'],
    load: (d) => ({ mode: 'closed', seconds: d.measureSeconds, connections: 32, model }),
    columns: throughput,
    goals: [
      goal(
        'Claviger ÷ nginx, req/s per core',
        (r) => of.ratio(r, 'claviger', 'nginx', of.perCore),
        'percent',
        { atLeast: 0.28 },
      ),
      goal(
        'Claviger ÷ Portkey, req/s per core',
        (r) => of.ratio(r, 'claviger', 'portkey', of.perCore),
        'times',
        { atLeast: 10 },
      ),
    ],
  },
  {
    name: 'rate',
    title: 'JSON, 1.5 KB request, open loop at half of our own maximum',
    variants: ['direct', 'nginx', 'relay', 'claviger'],
    load: (d, ourMaximum) => ({
      mode: 'rate',
      seconds: d.measureSeconds * 2 + 1,
      settleSeconds: 1,
      connections: 256,
      model,
      ratePerSecond: Math.round(ourMaximum / 2),
    }),
    columns: added,
    goals: [
      goal('added p50', (r) => of.addedBy(r, 'claviger', of.p50), 'us', { atMost: 500 }),
      goal('added p99', (r) => of.addedBy(r, 'claviger', of.p99), 'us', { atMost: 3000 }),
    ],
  },
  {
    name: 'rate-200',
    title: 'JSON, 1.5 KB request, open loop at 200 a second (within reach of all)',
    variants: ['direct', 'nginx', 'relay', 'portkey', 'claviger'],
    load: (d) => ({
      mode: 'rate',
      seconds: d.measureSeconds * 2,
      connections: 64,
      model,
      ratePerSecond: 200,
    }),
    columns: added,
    goals: [],
  },
  {
    name: 'json-100k',
    title: 'JSON, 100 KB request, closed loop, 32 connections',
    variants: ['nginx', 'relay', 'portkey', 'claviger'],
    load: (d) => ({ mode: 'closed', seconds: d.measureSeconds, connections: 32, model, bodyBytes: 100_000 }),
    columns: throughput,
    goals: [],
  },
  {
    name: 'json-100k-rate',
    title: 'JSON, 100 KB request, open loop at 100 a second',
    variants: ['direct', 'nginx', 'relay', 'portkey', 'claviger'],
    load: (d) => ({
      mode: 'rate',
      seconds: d.measureSeconds * 2,
      connections: 64,
      model,
      bodyBytes: 100_000,
      ratePerSecond: 100,
    }),
    columns: added,
    goals: [
      goal(
        'Claviger ÷ nginx, added p50',
        (r) => of.addedBy(r, 'claviger', of.p50) / of.addedBy(r, 'nginx', of.p50),
        'times',
        { atMost: 2 },
      ),
    ],
  },
]

function goal(what: string, measured: Goal['measured'], format: Goal['format'], reach: Goal['goal']): Goal {
  return { what, measured, format, goal: reach }
}
