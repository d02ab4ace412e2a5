import type { ProviderAdapter } from './adapter.ts'

/**
 * Azure's versionless API: `https://RESOURCE.openai.azure.com/openai/v1`, where the model is the deployment's name.
 * https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export const azureOpenai: ProviderAdapter = {
  kind: 'azure_openai',
  defaultBaseUrl: null,
  paths: {
    'chat.completions': '/chat/completions',
    completions: '/completions',
    responses: '/responses',
    embeddings: '/embeddings',
    'images.generations': '/images/generations',
  },
  authHeaders: (secret) => ({ 'api-key': secret }),
  chatOutputCapField: 'max_completion_tokens',
}
