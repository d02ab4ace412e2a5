import type { z } from 'zod'
import type { Credential as CredentialSchema } from '../../../src/contract/credentials.ts'
import type { Provider as ProviderSchema } from '../../../src/contract/providers.ts'
import type { Tone } from '../../ui/Status.tsx'

export type Credential = z.output<typeof CredentialSchema>
export type Provider = z.output<typeof ProviderSchema>
export type Kind = Provider['kind']

const DAY_MS = 86_400_000
/** How long a provider's secret is kept before it is due for another. */
const ROTATE_DAYS = 90
const SOON_DAYS = 14

/** How old a secret is, and when another is due. */
export function ageOf(
  { secretSince }: Credential,
  now: number,
): { days: number; dueInDays: number; tone: Tone } {
  const days = Math.floor((now - Date.parse(secretSince)) / DAY_MS)
  const dueInDays = ROTATE_DAYS - days
  return { days, dueInDays, tone: dueInDays < 0 ? 'bad' : dueInDays <= SOON_DAYS ? 'warn' : 'quiet' }
}

export function dueWords({
  days,
  dueInDays,
}: {
  days: number
  dueInDays: number
}): [age: string, due: string] {
  const many = (count: number) => `${count} ${count === 1 ? 'day' : 'days'}`
  const age = days === 0 ? 'since today' : `${many(days)} old`
  if (dueInDays < 0) return [age, `due ${many(-dueInDays)} ago`]
  return [age, dueInDays === 0 ? 'due today' : `due in ${many(dueInDays)}`]
}

/** Why gateways park one. */
const PARKED: Record<string, string> = { spent: 'account spent', refused: 'refused' }

/** How a credential stands, in the one word that matters most. */
export function stateOf(credential: Credential): { tone: Tone; text: string; paused?: true } {
  const { state, needsSecret, parked, health, environmentIds } = credential
  if (needsSecret) return { tone: 'bad', text: 'needs its secret' }
  if (state === 'disabled') return { tone: 'quiet', text: 'disabled', paused: true }
  if (state === 'parked') return { tone: 'bad', text: PARKED[parked?.reason ?? ''] ?? 'parked' }
  if (health.test?.works === false && isNewest(credential)) return { tone: 'bad', text: 'test failed' }
  if (environmentIds.length === 0) return { tone: 'warn', text: 'used nowhere' }
  if (health.test === null && health.calledAt === null) return { tone: 'quiet', text: 'not used yet' }
  return { tone: 'good', text: 'works' }
}

/** Whether the last test is about the secret of now, and nothing has worked since. */
function isNewest({ health: { test, calledAt, failed }, secretSince }: Credential): boolean {
  if (test === null || test.at < secretSince) return false
  return calledAt === null || calledAt < test.at || calledAt === failed?.at
}

/** What providers call themselves, and what connecting one takes. */
export const KINDS: Record<
  Kind,
  { title: string; note: string; name: string; address: 'none' | 'own' | 'needed'; secret: string | null }
> = {
  openai: {
    title: 'OpenAI',
    note: 'GPT, images, speech',
    name: 'openai',
    address: 'none',
    secret: 'sk-proj-…',
  },
  anthropic: { title: 'Anthropic', note: 'Claude', name: 'anthropic', address: 'none', secret: 'sk-ant-…' },
  azure_openai: {
    title: 'Azure OpenAI',
    note: 'Your own deployments',
    name: 'azure',
    address: 'needed',
    secret: 'The key of the resource',
  },
  google_gemini: { title: 'Google Gemini', note: 'Gemini', name: 'gemini', address: 'none', secret: 'AIza…' },
  openai_compatible: {
    title: 'Any other',
    note: 'What speaks OpenAI’s API: vLLM, Ollama, Groq …',
    name: 'local',
    address: 'needed',
    secret: 'Its key',
  },
  demo: {
    title: 'Demo',
    note: 'Answers without a network, for trying things out',
    name: 'demo',
    address: 'none',
    secret: null,
  },
}

export const KIND_NAMES = Object.keys(KINDS) as Kind[]

export const ADDRESS_LIKE: Partial<Record<Kind, string>> = {
  azure_openai: 'https://acme.openai.azure.com/openai/v1',
  openai_compatible: 'http://localhost:11434/v1',
}
