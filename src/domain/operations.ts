/** What the gateway serves, by name. Policies allow or deny these names; `gateway/operations.ts` says how each is served. */
export const OPERATIONS = [
  'chat.completions',
  'completions',
  'responses',
  'embeddings',
  'moderations',
  'images.generations',
  'models',
  'messages',
  'messages.count_tokens',
] as const

export type OperationName = (typeof OPERATIONS)[number]

/** Tools that the provider runs itself, by our name for them. Policies allow or deny these names. */
export const HOSTED_TOOLS = [
  'web_search',
  'web_fetch',
  'file_search',
  'code_interpreter',
  'computer_use',
  'image_generation',
  'mcp',
  'other',
] as const

export type HostedTool = (typeof HOSTED_TOOLS)[number]

/** The shape in which a caller speaks and wants to be answered, errors included. */
export type Dialect = 'openai' | 'anthropic'
