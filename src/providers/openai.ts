import type { ProviderAdapter } from './adapter.ts'

/** https://developers.openai.com/api/reference */
export const openai: ProviderAdapter = {
  kind: 'openai',
  defaultBaseUrl: 'https://api.openai.com/v1',
  paths: {
    'chat.completions': '/chat/completions',
    completions: '/completions',
    responses: '/responses',
    embeddings: '/embeddings',
    moderations: '/moderations',
    'images.generations': '/images/generations',
  },
  authHeaders: (secret) => ({ authorization: `Bearer ${secret}` }),
  chatOutputCapField: 'max_completion_tokens',
}
