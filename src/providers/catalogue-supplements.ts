import { matchesPattern } from '../domain/policy.ts'
import type { PriceList } from '../domain/price-list.ts'
import type { ProviderKind } from '../domain/providers.ts'

/** What the price catalogue does not say about a model: how much it writes, and a few rates it lacks. */
export type Supplement = { maxOutputTokens: number | null; rates: PriceList }

export function supplementFor(listedBy: string, model: string): Supplement {
  return {
    maxOutputTokens: firstMatch(MAX_OUTPUT, listedBy, model) ?? null,
    rates: firstMatch(MISSING_RATES, listedBy, model) ?? {},
  }
}

function firstMatch<T>(rows: Row<T>[], listedBy: string, model: string): T | undefined {
  return rows.find(([id, names]) => id === listedBy && names.some((name) => matchesPattern(name, model)))?.[2]
}

/** `source` is what was really read, in a stored copy: a provider's page, or else the file of a public repository. */
type Row<T> = [listedBy: string, models: string[], value: T, source: `https://${string}`]

const OPENAI = 'https://developers.openai.com/api/docs/models'
const CLAUDE = 'https://platform.claude.com/docs/en/models'
const EFFECT = 'https://github.com/Effect-TS/effect/pull/7129'
const MODELS_DEV = 'https://github.com/anomalyco/models.dev/blob'

/**
 * The most tokens a model writes in one answer. Hard budgets hold as much, so a figure that is too low lets them be
 * overshot: where sources disagree there is no row, or the higher figure. A model without a row is bounded by its
 * context window. The first row that matches counts.
 */
const MAX_OUTPUT: Row<number>[] = [
  ['openai', ['gpt-6*'], 128_000, `${OPENAI}/gpt-6-sol.md`],
  ['openai', ['gpt-5.6*'], 128_000, `${MODELS_DEV}/89b873e/models/openai/gpt-5.6-sol.toml`],
  ['openai', ['gpt-5.5*'], 128_000, `${MODELS_DEV}/506b1b0/models/openai/gpt-5.5.toml`],
  ['openai', ['gpt-5.4*'], 128_000, `${MODELS_DEV}/f0a7050/models/openai/gpt-5.4.toml`],
  ['openai', ['gpt-5-pro*'], 272_000, 'https://developers.openai.com/ko-KR/api/docs/models/gpt-5-pro'],
  ['openai', ['gpt-5*'], 128_000, `${MODELS_DEV}/36dbbd6/models/openai/gpt-5.toml`],
  ['openai', ['gpt-4.1*'], 32_768, `${MODELS_DEV}/f6c6f04/models/openai/gpt-4.1.toml`],
  ['openai', ['gpt-4o', 'gpt-4o-2024*'], 16_384, 'https://vercel.com/ai-gateway/models/gpt-4o.md'],
  [
    'openai',
    ['gpt-4o-mini', 'gpt-4o-mini-2024*'],
    16_384,
    `${MODELS_DEV}/36dbbd6/models/openai/gpt-4o-mini.toml`,
  ],
  ['openai', ['gpt-4o-audio-preview*'], 16_384, `${OPENAI}/gpt-4o-audio-preview.md`],
  ['openai', ['gpt-4o-mini-audio-preview*'], 16_384, `${OPENAI}/gpt-4o-mini-audio-preview.md`],
  ['openai', ['gpt-audio*'], 16_384, `${OPENAI}/gpt-audio-mini.md`],
  ['openai', ['gpt-4-turbo*'], 4_096, `${OPENAI}/gpt-4-turbo.md`],
  ['openai', ['codex-mini*'], 100_000, `${OPENAI}/codex-mini-latest.md`],
  ['openai', ['o4-mini*'], 100_000, `${MODELS_DEV}/506b1b0/models/openai/o4-mini.toml`],
  ['openai', ['o3*'], 100_000, `${MODELS_DEV}/f6c6f04/models/openai/o3.toml`],
  ['openai', ['o1*'], 100_000, 'https://vercel.com/ai-gateway/models/o1.md'],
  ['anthropic', ['claude-fable-5*', 'claude-haiku-5*'], 128_000, `${CLAUDE}/overview`],
  ['anthropic', ['claude-opus-5*', 'claude-sonnet-5*'], 128_000, `${CLAUDE}/overview`],
  ['anthropic', ['claude-opus-4-6*', 'claude-opus-4-7*', 'claude-opus-4-8*'], 128_000, EFFECT],
  ['anthropic', ['claude-sonnet-4-6*'], 128_000, EFFECT],
  ['anthropic', ['claude-opus-4-5*', 'claude-sonnet-4-5*'], 64_000, EFFECT],
  ['anthropic', ['claude-haiku-4-5*'], 64_000, CLAUDE],
  [
    'google',
    ['gemini-3*'],
    65_536,
    'https://documentation.s3ns.fr/gemini-enterprise-agent-platform/models/guides/gemini-3-8-flash',
  ],
  ['google', ['gemini-2.5*'], 65_536, `${MODELS_DEV}/36dbbd6/models/google/gemini-2.5-pro.toml`],
]

/** Rates that the catalogue lacks, without which audio would cost as little as text. */
const MISSING_RATES: Row<PriceList>[] = [
  [
    'openai',
    ['gpt-4o-audio-preview-2024-10-01'],
    { audioInput: '100', audioOutput: '200' },
    'https://huggingface.co/spaces/noumanjavaid/pricing/blob/main/app.py',
  ],
  [
    'openai',
    ['gpt-4o-audio-preview*'],
    { audioInput: '40', audioOutput: '80' },
    `${OPENAI}/gpt-4o-audio-preview.md`,
  ],
  [
    'openai',
    ['gpt-4o-mini-audio-preview*'],
    { audioInput: '10', audioOutput: '20' },
    `${OPENAI}/gpt-4o-mini-audio-preview.md`,
  ],
]

/**
 * What providers ask for their tools beside searches, which the catalogue lacks. A container is for 20 minutes:
 * OpenAI's by the gigabyte (https://developers.openai.com/api/docs/pricing#built-in-tools, as quoted in
 * https://github.com/simonw/llm/issues/1592), billed by the minute, of which answers tell nothing; Anthropic's at 0.05
 * USD an hour (https://platform.claude.com/docs/en/about-claude/pricing), without its free hours. Images of OpenAI's tool
 * are priced as those of the dearest model that it may use, gpt-image-1.5.
 */
export const TOOL_RATES: Partial<Record<ProviderKind, PriceList>> = {
  openai: { container: '30', toolImageInput: '8', toolImageOutput: '32' },
  anthropic: { container: '16.666666667' },
}
