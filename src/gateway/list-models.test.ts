import { expect, test } from 'vitest'
import type { KeySnapshot } from '../db/key-snapshots.ts'
import { modelsFor } from './list-models.ts'
import type { ProviderView } from './provider-directory.ts'

const openai = { id: 'prv_1', name: 'openai', kind: 'openai' as const, baseUrl: 'https://api.openai.com/v1' }
const demo = { id: 'prv_2', name: 'demo', kind: 'demo' as const, baseUrl: 'demo:' }

function listed(credentialIds: string[]): string[] {
  const credential = (connection: typeof openai | typeof demo) => ({ upstream: { connection } })
  const credentials = new Map([
    ['crd_1', credential(openai)],
    ['crd_2', credential(demo)],
  ])
  // What the list reads of them.
  const view = { connections: [openai, demo], ownModels: [], credentials } as unknown as ProviderView
  const key = { credentialIds, policies: [] } as unknown as KeySnapshot
  return modelsFor(view, key, new Date('2026-11-21')).map(({ id }) => id)
}

test('a key may use the models of all providers whose credentials its environment is bound to, and no others', () => {
  expect(listed(['crd_1', 'crd_2'])).toEqual(expect.arrayContaining(['gpt-5', 'demo/echo']))
  expect(listed(['crd_1'])).toContain('gpt-5')
  expect(listed(['crd_1'])).not.toContain('demo/echo')
  expect(listed(['crd_2'])).toContain('demo/echo')
  expect(listed(['crd_2'])).not.toContain('gpt-5')
  expect(listed([])).toEqual([])
})
