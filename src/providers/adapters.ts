import type { ProviderKind } from '../domain/providers.ts'
import type { ProviderAdapter } from './adapter.ts'
import { anthropic } from './anthropic.ts'
import { azureOpenai } from './azure-openai.ts'
import { googleGemini } from './google-gemini.ts'
import { openai } from './openai.ts'
import { openaiCompatible } from './openai-compatible.ts'

/** The kinds of provider that are called over the network. The demo provider is not. */
export const ADAPTERS: Partial<Record<ProviderKind, ProviderAdapter>> = {
  openai,
  anthropic,
  azure_openai: azureOpenai,
  google_gemini: googleGemini,
  openai_compatible: openaiCompatible,
}
