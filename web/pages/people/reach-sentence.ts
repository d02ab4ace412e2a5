type Reach = {
  grants: unknown[]
  keys: unknown[]
  tokens: { revokedAt: string | null }[]
  sessions: unknown[]
  serviceAccounts: unknown[]
  environments: { kind: string }[]
}

/** What somebody holds, in one sentence: "Holds 2 roles and 3 keys; reaches production in 1 environment." */
export function reachSentence({
  grants,
  keys,
  tokens,
  sessions,
  serviceAccounts,
  environments,
}: Reach): string {
  const parts = [
    several(grants.length, 'role'),
    several(keys.length, 'key'),
    several(tokens.filter(({ revokedAt }) => revokedAt === null).length, 'API token'),
    several(serviceAccounts.length, 'program'),
    several(sessions.length, 'open session'),
  ].filter((part) => part !== null)
  if (parts.length === 0) return 'Holds nothing here.'
  const production = environments.filter(({ kind }) => kind === 'production').length
  const reaches =
    environments.length === 0
      ? 'reaches no environment'
      : production === 0
        ? 'reaches no production environment'
        : `reaches ${several(production, 'production environment')}`
  const last = parts.pop()
  return `Holds ${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`}; ${reaches}.`
}

function several(number: number, noun: string): string | null {
  if (number === 0) return null
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
