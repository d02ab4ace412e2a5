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

/** Operations that call a model: all but lists. */
export type ModelOperation = Exclude<OperationName, 'models'>
export const MODEL_OPERATION_NAMES = OPERATIONS.filter((name): name is ModelOperation => name !== 'models')

/** What bounds the calls of an operation, whoever makes them. */
export type OperationTerms = {
  /** Costs nothing: moderations, token counting, stored objects, lists. */
  free: boolean
  /** False for answers that consist of vectors or verdicts. */
  writesTokens: boolean
  /** The spellings of the caller's cap on output tokens. Empty when the answer's text has no cap to set. */
  outputCaps: readonly string[]
}

const PRICED = { free: false, writesTokens: true, outputCaps: [] } as const

export const MODEL_OPERATIONS: Record<ModelOperation, OperationTerms> = {
  'chat.completions': { ...PRICED, outputCaps: ['max_completion_tokens', 'max_tokens'] },
  completions: { ...PRICED, outputCaps: ['max_tokens'] },
  responses: { ...PRICED, outputCaps: ['max_output_tokens'] },
  embeddings: { ...PRICED, writesTokens: false },
  moderations: { ...PRICED, free: true, writesTokens: false },
  'images.generations': PRICED,
  messages: { ...PRICED, outputCaps: ['max_tokens'] },
  'messages.count_tokens': { ...PRICED, free: true, writesTokens: false },
}

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
