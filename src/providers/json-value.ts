/** The value of a JSON text, or undefined when it is none. */
export function parse(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** A count that may be missing; anything but a number of at least zero is none. */
export function asCount(value: unknown): number {
  return isCount(value) ? value : 0
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
