/** The kinds of provider connection. `openai_compatible` is any base URL that speaks OpenAI's API. */
export const PROVIDER_KINDS = [
  'openai',
  'anthropic',
  'azure_openai',
  'google_gemini',
  'openai_compatible',
  'demo',
] as const

export type ProviderKind = (typeof PROVIDER_KINDS)[number]
