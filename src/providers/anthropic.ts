import type { ProviderAdapter } from './adapter.ts'

/**
 * https://platform.claude.com/docs/en/api/overview, and its endpoint for clients that speak OpenAI's protocol:
 * https://platform.claude.com/docs/en/api/openai-sdk
 */
export const anthropic: ProviderAdapter = {
  kind: 'anthropic',
  defaultBaseUrl: 'https://api.anthropic.com/v1',
  paths: {
    messages: '/messages',
    'messages.count_tokens': '/messages/count_tokens',
    'chat.completions': '/chat/completions',
  },
  authHeaders: (secret, operation): Record<string, string> =>
    operation === 'chat.completions' ? { authorization: `Bearer ${secret}` } : { 'x-api-key': secret },
  chatOutputCapField: 'max_tokens',
}
