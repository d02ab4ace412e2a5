/** How a scope and all that it lies in are called; what is not there is null. */
export type ScopeNames = Record<
  'organization' | 'team' | 'project' | 'environment' | 'serviceAccount' | 'user' | 'key',
  string | null
>

/** A scope as people call it, with where it lies: `key "bot" of Ada (Search / Site / production)`. */
export function whose(names: ScopeNames): string {
  const { organization, team, project, environment, serviceAccount, user, key } = names
  const place = (...parts: (string | null)[]) => {
    const known = parts.filter((part) => part !== null)
    return known.length === 0 ? '' : ` (${known.join(' / ')})`
  }
  if (key !== null) {
    const owner = user ?? serviceAccount
    return `key "${key}"${owner === null ? '' : ` of ${owner}`}${place(team, project, environment)}`
  }
  if (user !== null) return `user ${user}`
  if (serviceAccount !== null) return `service account "${serviceAccount}"${place(team, project)}`
  if (environment !== null) return `environment "${environment}"${place(team, project)}`
  if (project !== null) return `project "${project}"${place(team)}`
  if (team !== null) return `team "${team}"`
  return `organization "${organization ?? ''}"`
}
