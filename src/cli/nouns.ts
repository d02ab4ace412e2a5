/**
 * Things that can be named instead of given by id: where their name is, and what they lie in.
 * The list operation of each is found in the contract.
 */
export const NOUNS = {
  organization: { prefix: 'org', name: 'name', parent: null },
  team: { prefix: 'team', name: 'name', parent: null },
  project: { prefix: 'prj', name: 'name', parent: 'team' },
  environment: { prefix: 'env', name: 'name', parent: 'project' },
  'service-account': { prefix: 'svc', name: 'name', parent: 'project' },
  key: { prefix: 'key', name: 'name', parent: 'environment' },
  user: { prefix: 'usr', name: 'email', parent: null },
  token: { prefix: 'tok', name: 'name', parent: null },
  role: { prefix: 'role', name: 'name', parent: null },
  connection: { prefix: 'con', name: 'name', parent: null },
  'trust-rule': { prefix: 'trl', name: 'name', parent: 'service-account' },
  document: { prefix: 'doc', name: 'title', parent: null },
  channel: { prefix: 'chn', name: 'name', parent: null },
  provider: { prefix: 'prv', name: 'name', parent: null },
  credential: { prefix: 'crd', name: 'name', parent: 'provider' },
  model: { prefix: 'mdl', name: 'name', parent: null },
  budget: { prefix: 'bud', name: 'name', parent: null },
} as const satisfies Record<string, { prefix: string; name: string; parent: string | null }>

export type Noun = keyof typeof NOUNS

/** Roles are named without an `Id`: a built-in one has none but its name. */
const ROLE_FIELDS = ['role', 'basedOn']

/** People who are named for what they do. */
const USER_FIELDS = ['ownerUserId', 'successorId']

/** The noun whose id a field holds: `environmentId`, `credentialIds` → `environment`, `credential`. */
export function nounOf(field: string): Noun | null {
  if (ROLE_FIELDS.includes(field)) return 'role'
  if (USER_FIELDS.includes(field)) return 'user'
  const match = /^(.+?)Ids?$/.exec(field)
  const noun = match?.[1]?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return noun !== undefined && noun in NOUNS ? (noun as Noun) : null
}

/** The field that says what a thing lies in, and the filter of its list: `projectId` for an environment. */
export function parentField(noun: Noun): string | null {
  const { parent } = NOUNS[noun]
  return parent && `${parent.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}Id`
}
