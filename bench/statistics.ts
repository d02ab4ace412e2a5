import type { Sample } from './measure.ts'
import type { Variant } from './target.ts'

export type Results = Map<Variant, Sample[]>

/** One number from one run; not finite when the run does not have it. */
export type Metric = (sample: Sample) => number

export const perSecond: Metric = (s) => s.load.perSecond
export const perCore: Metric = (s) => s.load.requests / s.cpuSeconds
export const cpuUs: Metric = (s) => (cpuOf(s) / s.load.requests) * 1e6
export const cpuUsPerChunk: Metric = (s) => (cpuOf(s) / s.load.chunks) * 1e6
export const databaseCpuUs: Metric = (s) =>
  s.helperCpuSeconds > 0 ? (s.helperCpuSeconds / s.load.requests) * 1e6 : Number.NaN
export const rssMb: Metric = (s) => s.peakRssMb || Number.NaN
export const p50: Metric = (s) => s.load.fromIntended.p50Us
export const p99: Metric = (s) => s.load.fromIntended.p99Us
export const chunksPerSecond: Metric = (s) => s.load.chunks / s.load.seconds
export const chunkP50: Metric = (s) => s.load.chunk?.p50Us ?? Number.NaN
export const chunkP99: Metric = (s) => s.load.chunk?.p99Us ?? Number.NaN
export const firstByteP50: Metric = (s) => s.load.firstByte?.p50Us ?? Number.NaN
export const firstByteP99: Metric = (s) => s.load.firstByte?.p99Us ?? Number.NaN

/** `direct` has no gateway, and so no CPU time of one. */
function cpuOf(sample: Sample): number {
  return sample.cpuSeconds || Number.NaN
}

/** The median of a variant's runs; NaN when it was not measured. */
export function medianOf(results: Results, variant: Variant, metric: Metric): number {
  const values = (results.get(variant) ?? []).map(metric).sort((a, b) => a - b)
  const middle = values.length >> 1
  const upper = values[middle] ?? Number.NaN
  return values.length % 2 === 1 ? upper : (upper + (values[middle - 1] ?? Number.NaN)) / 2
}

/** How far the runs lie apart, as a share of their median; NaN for a single run. */
export function spreadOf(results: Results, variant: Variant, metric: Metric): number {
  const values = (results.get(variant) ?? []).map(metric)
  if (values.length < 2) return Number.NaN
  return (Math.max(...values) - Math.min(...values)) / medianOf(results, variant, metric)
}

/** What a variant adds to the provider's own time. */
export function addedBy(results: Results, variant: Variant, metric: Metric): number {
  return medianOf(results, variant, metric) - medianOf(results, 'direct', metric)
}

export function ratio(results: Results, over: Variant, under: Variant, metric: Metric): number {
  return medianOf(results, over, metric) / medianOf(results, under, metric)
}
