import { expect, test } from 'vitest'
import { claimsMatch, problemOf } from './trust-rule.ts'

const KUBERNETES = 'system:serviceaccount:shop:checkout'
const GITHUB = { sub: 'repo:acme/shop:ref:refs/heads/main', repository_id: '74', ref_protected: true }
const GITLAB = {
  sub: 'project_path:acme/shop:ref_type:branch:ref:main',
  project_id: 22,
  namespace_path: 'acme',
}

test.each<[string, Record<string, string>, Record<string, unknown>, string | null]>([
  ['the same', { sub: KUBERNETES }, { sub: KUBERNETES }, null],
  ['another namespace', { sub: KUBERNETES }, { sub: 'system:serviceaccount:other:checkout' }, 'sub'],
  ['a longer name', { sub: KUBERNETES }, { sub: `${KUBERNETES}2` }, 'sub'],
  ['something before it', { sub: KUBERNETES }, { sub: `x${KUBERNETES}` }, 'sub'],
  ['a line after it', { sub: KUBERNETES }, { sub: `${KUBERNETES}\n` }, 'sub'],
  ['capitals', { sub: KUBERNETES }, { sub: KUBERNETES.toUpperCase() }, 'sub'],
  ['any of a namespace', { sub: 'system:serviceaccount:shop:*' }, { sub: KUBERNETES }, null],
  ['no further than its part', { sub: 'system:serviceaccount:shop:*' }, { sub: `${KUBERNETES}:x` }, 'sub'],
  ['any branch', { sub: 'repo:acme/shop:ref:refs/heads/*' }, GITHUB, null],
  ['no tag as a branch', { sub: 'repo:acme/shop:ref:refs/tags/*' }, GITHUB, 'sub'],
  ['no slash in a branch', { sub: 'repo:acme/shop:ref:refs/*' }, GITHUB, 'sub'],
  ['numbers and booleans by their text', { repository_id: '74', ref_protected: 'true' }, GITHUB, null],
  ['GitLab', { sub: 'project_path:acme/shop:ref_type:branch:ref:*', project_id: '22' }, GITLAB, null],
  ['another project', { sub: GITLAB.sub, project_id: '23' }, GITLAB, 'project_id'],
  ['a claim that is missing', { sub: GITHUB.sub, environment: 'production' }, GITHUB, 'environment'],
  ['a list', { sub: KUBERNETES, groups: 'admin' }, { sub: KUBERNETES, groups: ['admin'] }, 'groups'],
  ['what every object has', { toString: '*' }, {}, 'toString'],
  ['signs stand for themselves', { sub: 'a.c' }, { sub: 'abc' }, 'sub'],
])('claims: %s', (_, patterns, claims, failed) => {
  expect(claimsMatch(patterns, claims)).toEqual(failed === null ? { ok: true } : { ok: false, failed })
})

test.each<[Record<string, string>, string | null]>([
  [{ sub: KUBERNETES }, null],
  [{ sub: 'system:serviceaccount:shop:*' }, null],
  [{ sub: 'repo:acme/shop:*' }, null],
  [{ repository: 'acme/shop' }, 'which sub'],
  [{ sub: '*' }, 'first 3 parts'],
  [{ sub: 'system:serviceaccount:*:checkout' }, 'first 3 parts'],
  [{ sub: 'repo:acme/*:ref:refs/heads/main' }, 'first 3 parts'],
  [{ sub: 'repo:*/shop:ref:refs/heads/main' }, 'first 3 parts'],
  [{ sub: KUBERNETES, ref: 'a*b*c' }, 'at most one *'],
])('patterns %j are refused: %s', (patterns, problem) => {
  expect(problemOf(patterns)).toEqual(problem === null ? null : expect.stringContaining(problem))
})
