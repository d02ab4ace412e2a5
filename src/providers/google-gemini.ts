import type { ProviderAdapter } from './adapter.ts'

/** Gemini through its OpenAI-compatible endpoint: https://ai.google.dev/gemini-api/docs/openai */
export const googleGemini: ProviderAdapter = {
  kind: 'google_gemini',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  paths: {
    'chat.completions': '/chat/completions',
    embeddings: '/embeddings',
  },
  authHeaders: (secret) => ({ authorization: `Bearer ${secret}` }),
  chatOutputCapField: 'max_completion_tokens',
}
