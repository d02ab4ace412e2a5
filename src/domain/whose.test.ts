import { expect, test } from 'vitest'
import { type ScopeNames, whose } from './whose.ts'

const NOTHING: ScopeNames = {
  organization: null,
  team: null,
  project: null,
  environment: null,
  serviceAccount: null,
  user: null,
  key: null,
}
const SITE = { team: 'Search', project: 'Site' }

const CASES: [names: Partial<ScopeNames>, said: string][] = [
  [{ organization: 'Acme' }, 'organization "Acme"'],
  [{ team: 'Search' }, 'team "Search"'],
  [SITE, 'project "Site" (Search)'],
  [{ ...SITE, environment: 'production' }, 'environment "production" (Search / Site)'],
  [{ ...SITE, serviceAccount: 'nightly' }, 'service account "nightly" (Search / Site)'],
  [{ user: 'Ada' }, 'user Ada'],
  [
    { ...SITE, environment: 'production', user: 'Ada', key: 'bot' },
    'key "bot" of Ada (Search / Site / production)',
  ],
  [
    { ...SITE, environment: 'production', serviceAccount: 'nightly', key: 'bot' },
    'key "bot" of nightly (Search / Site / production)',
  ],
]

test.each(CASES)('%o is called by its name and place', (names, said) => {
  expect(whose({ ...NOTHING, ...names })).toBe(said)
})
