/**
 * The last answer to a call with a credential, until it is written down. A call only points to the headers that came; they
 * are read when they are written, so that it costs a call nothing.
 */
export type Sighting = {
  /** Milliseconds of the epoch; 0 when nothing was seen since it was written down. */
  atMs: number
  headers: readonly string[]
  /** Of the last answer that was an error; 0 when there was none. */
  failedAtMs: number
  failedStatus: number
}

const NO_HEADERS: readonly string[] = []

export function nothingSeen(): Sighting {
  return { atMs: 0, headers: NO_HEADERS, failedAtMs: 0, failedStatus: 0 }
}

/** Notes the head of an answer. Headers are flat, their names in lower case. */
export function see(sighting: Sighting, status: number, headers: readonly string[]): void {
  sighting.atMs = Date.now()
  sighting.headers = headers
  if (status >= 400) {
    sighting.failedAtMs = sighting.atMs
    sighting.failedStatus = status
  }
}
