import { ApiError } from '../../src/contract/client.ts'

/**
 * What the API says of each field, to be shown there: `at('name')`. A field has its own errors and those of what is in it.
 * `other` is the failure when it is about more than the fields that the form shows: for the end of the form.
 */
export function fieldErrors(error: unknown, shown: string[]) {
  const all = error instanceof ApiError ? error.errors : []
  const of = (name: string) =>
    all.filter(({ pointer }) => pointer === `/body/${name}` || pointer.startsWith(`/body/${name}/`))
  const placed = new Set(shown.flatMap(of))
  return {
    at: (name: string): string | undefined =>
      of(name)
        .map(({ detail }) => sentence(detail))
        .join(' ') || undefined,
    other: all.length > 0 && all.every((one) => placed.has(one)) ? null : error,
  }
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
