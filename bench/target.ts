export const VARIANTS = ['direct', 'nginx', 'relay', 'portkey', 'claviger'] as const
export type Variant = (typeof VARIANTS)[number]

/** Something that answers chat completions, and what must be known to load and weigh it. */
export type Target = {
  name: Variant
  port: number
  /** The processes on the gateway's core: their CPU time and memory are the variant's. */
  pids: number[]
  /** Its processes on the other core, such as a database. */
  helperPids: () => number[]
  /** One key a line; null when any key will do. */
  keysFile: string | null
  headers: string[]
}

export function plainTarget(name: Variant, port: number, pids: number[]): Target {
  return { name, port, pids, helperPids: () => [], keysFile: null, headers: [] }
}
