import { expect, test } from 'vitest'
import { type Connection, candidatesFor, type OwnModel } from './routing.ts'

const connection = (name: string, kind: Connection['kind']): Connection => ({
  id: `prv_${name}`,
  name,
  kind,
  baseUrl: `https://${name}.example/v1`,
})

const CONNECTIONS = [
  connection('azure-eu', 'azure_openai'),
  connection('openai', 'openai'),
  connection('claude', 'anthropic'),
  connection('ollama', 'openai_compatible'),
  connection('demo', 'demo'),
]

const own = (name: string, providerName: string, upstreamModel: string): OwnModel => ({
  name,
  providerId: `prv_${providerName}`,
  upstreamModel,
  price: null,
  contextWindow: null,
  maxOutputTokens: null,
})

const OWN = [
  own('fast', 'openai', 'gpt-5-mini'),
  own('openai/special', 'ollama', 'llama'),
  own('gone', 'old', 'x'),
]

const NAMES: [name: string, leadsTo: string[]][] = [
  ['fast', ['openai gpt-5-mini']],
  ['openai/gpt-5.4', ['openai gpt-5.4']],
  ['ollama/library/llama3', ['ollama library/llama3']],
  ['demo/echo', ['demo echo']],
  // An own entry goes before the name of a connection.
  ['openai/special', ['ollama llama']],
  // Plain names: the maker's connections first, never what serves any name or only plays.
  ['gpt-5.4', ['openai gpt-5.4', 'claude gpt-5.4', 'azure-eu gpt-5.4']],
  ['nobody/gpt-5.4', ['openai nobody/gpt-5.4', 'claude nobody/gpt-5.4', 'azure-eu nobody/gpt-5.4']],
  ['/gpt-5.4', ['openai /gpt-5.4', 'claude /gpt-5.4', 'azure-eu /gpt-5.4']],
  // Its connection was archived.
  ['gone', []],
]

test.each(NAMES)('%s leads to %j', (name, leadsTo) => {
  const found = candidatesFor(name, CONNECTIONS, OWN)
  expect(found.map(({ connection, upstreamModel }) => `${connection.name} ${upstreamModel}`)).toEqual(leadsTo)
})
