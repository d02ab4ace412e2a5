import type { ProviderAdapter } from './adapter.ts'

/** Anything that speaks OpenAI's protocol: Ollama, vLLM, Groq, Mistral, OpenRouter. Its models need own prices. */
export const openaiCompatible: ProviderAdapter = {
  kind: 'openai_compatible',
  defaultBaseUrl: null,
  paths: {
    'chat.completions': '/chat/completions',
    completions: '/completions',
    responses: '/responses',
    embeddings: '/embeddings',
  },
  authHeaders: (secret) => ({ authorization: `Bearer ${secret}` }),
  chatOutputCapField: 'max_tokens',
}
