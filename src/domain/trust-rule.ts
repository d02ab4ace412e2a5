/** What the claims of a token must be, by name: `{ sub: 'repo:acme/shop:ref:refs/heads/*' }`. */
export type ClaimPatterns = Readonly<Record<string, string>>

/**
 * The parts of `sub` that are never a pattern: `system:serviceaccount:NAMESPACE` of Kubernetes, `repo:OWNER/NAME` of
 * GitHub, `project_path:GROUP/NAME` of GitLab. Whoever chooses what comes after them is of that namespace.
 */
const EXACT_PARTS = 3

/** What is wrong with these patterns; null when they say whom they trust. */
export function problemOf(patterns: ClaimPatterns): string | null {
  const { sub } = patterns
  if (sub === undefined) return 'say which sub, the subject, is trusted'
  for (const [claim, pattern] of Object.entries(patterns)) {
    if (partsOf(pattern).some((part) => part.split('*').length > 2)) {
      return `${claim}: at most one * between two of ":" and "/"`
    }
  }
  const exact = partsOf(sub).slice(0, EXACT_PARTS)
  return exact.some((part) => part.includes('*'))
    ? `sub: its first ${EXACT_PARTS} parts are written out: a * in them would trust the namespaces of others`
    : null
}

/** Whether each pattern matches the claim of its name; else the first one that does not. */
export function claimsMatch(
  patterns: ClaimPatterns,
  claims: Readonly<Record<string, unknown>>,
): { ok: true } | { ok: false; failed: string } {
  for (const [name, pattern] of Object.entries(patterns)) {
    const value = Object.hasOwn(claims, name) ? textOf(claims[name]) : null
    if (value === null || !matches(pattern, value)) return { ok: false, failed: name }
  }
  return { ok: true }
}

/** Claims that are one value. Lists and objects match nothing: what a part of them means is the issuer's to say. */
function textOf(value: unknown): string | null {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null
}

/** `*` is anything within one part, between two of `:` and `/`; all else stands for itself. */
function matches(pattern: string, value: string): boolean {
  const literals = pattern.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literals.join('[^:/]*')}$`).test(value)
}

function partsOf(pattern: string): string[] {
  return pattern.split(/[:/]/)
}
