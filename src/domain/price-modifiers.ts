import { matchesPattern } from './policy.ts'
import type { ProviderKind } from './providers.ts'

/** What a service tier does to a model's token prices: times `numerator` / `denominator`. */
export type PriceModifier = { tier: string; numerator: bigint; denominator: bigint }

/** The modifiers that apply to one model, for the tiers its answers may report. */
export function modifiersOf(kind: ProviderKind, model: string): PriceModifier[] {
  const found = new Map<string, PriceModifier>()
  for (const [rowKind, tier, times, models] of MODIFIERS) {
    if (rowKind !== kind || found.has(tier) || !models.some((name) => matchesPattern(name, model))) continue
    const [numerator = '1', denominator = '1'] = times.split('/')
    found.set(tier, { tier, numerator: BigInt(numerator), denominator: BigInt(denominator) })
  }
  return [...found.values()]
}

/** What providers call the tier that list prices are for. */
const STANDARD = new Set([
  'default',
  'standard',
  'auto',
  'standard_only',
  'on_demand',
  'global',
  'not_available',
  '',
])

type Modifier = { numerator: bigint; denominator: bigint; names: string[] }

export function tierModifier(modifiers: readonly PriceModifier[], serviceTier: string | null): Modifier {
  const result: Modifier = { numerator: 1n, denominator: 1n, names: [] }
  if (serviceTier === null) return result
  for (const name of serviceTier.split('+')) {
    if (STANDARD.has(name)) continue
    const found = modifiers.find(({ tier }) => tier === name)
    const { numerator, denominator } = found ?? dearestModifier(modifiers)
    result.numerator *= numerator
    result.denominator *= denominator
    result.names.push(found ? name : 'unknown_tier')
  }
  return result
}

/** The provider may serve another tier than the one asked for, but no dearer one: at worst the standard tier. */
export function worstModifier(modifiers: readonly PriceModifier[], serviceTier: string | null): Modifier {
  const asked = tierModifier(modifiers, serviceTier)
  return asked.numerator > asked.denominator ? asked : tierModifier(modifiers, null)
}

function dearestModifier(modifiers: readonly PriceModifier[]): { numerator: bigint; denominator: bigint } {
  return modifiers.reduce<{ numerator: bigint; denominator: bigint }>(
    (most, one) => (one.numerator * most.denominator > most.numerator * one.denominator ? one : most),
    { numerator: 1n, denominator: 1n },
  )
}

/** What was really read, in a stored copy, or why our own bound is high enough where nobody publishes a price. */
type Source = `https://${string}` | `own bound: ${string}`

type Row = [kind: ProviderKind, tier: string, times: string, models: string[], source: Source]

const OPENAI_FAST = 'https://openai.com/api-fast-mode/'
const CLAUDE_FAST = 'https://platform.claude.com/docs/en/build-with-claude/fast-mode'

/**
 * List prices relative to the standard tier, for tokens only: searches and images cost the same in every tier.
 * The first row that matches a model and tier counts, so the exceptions come first. No batch tier: nothing that we
 * serve is answered from one.
 */
const MODIFIERS: Row[] = [
  ...openAiFast('2', ['gpt-6-sol*'], 'https://vercel.com/ai-gateway/models/gpt-6-sol-fast.md'),
  ...openAiFast('2', ['gpt-6-astra*'], 'https://vercel.com/ai-gateway/models/gpt-6-astra-fast.md'),
  ...openAiFast('2', ['gpt-5.6*', 'gpt-5.4', 'gpt-5.4-2026*', 'gpt-5.4-mini*'], OPENAI_FAST),
  ...openAiFast('5/2', ['gpt-5.5*'], OPENAI_FAST),
  ...openAiFast(
    '2',
    ['gpt-5.2', 'gpt-5.2-2025*', 'gpt-5.1*', 'gpt-5', 'gpt-5-2025*', 'gpt-5-codex*'],
    OPENAI_FAST,
  ),
  ...openAiFast('9/5', ['gpt-5-mini*'], OPENAI_FAST),
  ...openAiFast('2', ['gpt-4.1-nano*'], OPENAI_FAST),
  ...openAiFast('7/4', ['gpt-4.1*', 'o3', 'o3-2025*', 'gpt-4o-2024-05-13'], OPENAI_FAST),
  ...openAiFast('20/11', ['o4-mini', 'o4-mini-2025*'], OPENAI_FAST),
  ...openAiFast('5/3', ['gpt-4o-mini', 'gpt-4o-mini-2024*'], OPENAI_FAST),
  ...openAiFast('17/10', ['gpt-4o', 'gpt-4o-2024*'], OPENAI_FAST),
  ...openAiFast('5/2', ['*'], 'own bound: the dearest multiple that OpenAI lists for this tier'),
  [
    'openai',
    'ultrafast',
    '6',
    ['gpt-6-astra*'],
    'https://vercel.com/changelog/openai-ultrafast-mode-now-available-on-ai-gateway',
  ],
  ['openai', 'ultrafast', '6', ['*'], 'own bound: the only multiple that OpenAI lists for this tier'],
  ['openai', 'flex', '1/2', ['*'], 'https://developers.openai.com/api/docs/guides/flex-processing.md'],
  // Paid for by a commitment, not by the token: counted at the list price, so that its use shows.
  ['openai', 'scale', '1', ['*'], 'https://help.openai.com/en/articles/11647665-priority-processing-faq'],
  ['anthropic', 'priority', '1', ['*'], 'https://platform.claude.com/docs/en/api/service-tiers.md'],
  ['anthropic', 'fast', '2', ['claude-opus-5-5*'], 'https://docs.litellm.ai/blog/claude_opus_5_5'],
  ['anthropic', 'fast', '2', ['claude-opus-5*', 'claude-opus-4-8*'], CLAUDE_FAST],
  ['anthropic', 'fast', '6', ['claude-opus-4-7*', 'claude-opus-4-6*'], CLAUDE_FAST],
  ['anthropic', 'fast', '6', ['*'], 'own bound: the dearest multiple that Anthropic ever listed for it'],
  [
    'anthropic',
    'us',
    '11/10',
    ['*'],
    'https://docs.aws.amazon.com/claude-platform/latest/userguide/data-residency.md',
  ],
  ['azure_openai', 'priority', '5/2', ['*'], "own bound: the dearest multiple on OpenAI's own list"],
  [
    'azure_openai',
    'flex',
    '1/2',
    ['*'],
    'https://learn.microsoft.com/en-ca/Azure/foundry/openai/how-to/flex-processing',
  ],
  // "75% to 100% more than standard".
  ['google_gemini', 'priority', '2', ['*'], 'https://ai.google.dev/gemini-api/docs/optimization'],
  ['google_gemini', 'flex', '1/2', ['*'], 'https://ai.google.dev/gemini-api/docs/optimization'],
]

/** Since 2026-07-30 OpenAI calls the priority tier `fast` and takes both names. */
function openAiFast(times: string, models: string[], source: Source): Row[] {
  return ['priority', 'fast'].map((tier) => ['openai', tier, times, models, source])
}
