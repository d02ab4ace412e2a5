import type { Dialect, OperationName } from '../domain/operations.ts'
import type { Meter } from '../providers/usage-watch.ts'

/** How one operation is read, bounded and metered. What is not in the table is not served: there is no pass-through. */
export type ServedOperation = {
  name: OperationName
  dialect: Dialect
  method: 'GET' | 'POST' | 'DELETE'
  kind: 'model-call' | 'stored-object' | 'model-list'
  /** Exact, or with one `*` for an id. */
  path: string
  /** What follows the adapter's path for the operation; `*` is the id. */
  below: string
  meter: Meter
  /** The spellings of the caller's cap on output tokens. Empty when the answer's text has no cap to set. */
  outputCaps: readonly string[]
  /** True where the provider refuses a call without a cap. */
  capRequired: boolean
  /** Members that multiply the output. */
  choices: readonly string[]
  /** How usage is asked for on streams: OpenAI's chat protocol reports it only to those who ask. */
  streamOptions: boolean
  /** False for answers that consist of vectors or verdicts. */
  writesTokens: boolean
}

const MODEL_CALL = {
  method: 'POST',
  kind: 'model-call',
  below: '',
  outputCaps: [],
  capRequired: false,
  choices: [],
  streamOptions: false,
  writesTokens: true,
} as const

const STORED = {
  ...MODEL_CALL,
  name: 'responses',
  dialect: 'openai',
  kind: 'stored-object',
  meter: 'free',
} as const
const LIST = {
  ...MODEL_CALL,
  name: 'models',
  dialect: 'openai',
  kind: 'model-list',
  meter: 'free',
  method: 'GET',
} as const

export const SERVED: readonly ServedOperation[] = [
  {
    ...MODEL_CALL,
    name: 'chat.completions',
    dialect: 'openai',
    path: '/v1/chat/completions',
    meter: 'openai-chat',
    outputCaps: ['max_completion_tokens', 'max_tokens'],
    choices: ['n'],
    streamOptions: true,
  },
  {
    ...MODEL_CALL,
    name: 'completions',
    dialect: 'openai',
    path: '/v1/completions',
    meter: 'openai-completions',
    outputCaps: ['max_tokens'],
    choices: ['n', 'best_of'],
    streamOptions: true,
  },
  {
    ...MODEL_CALL,
    name: 'responses',
    dialect: 'openai',
    path: '/v1/responses',
    meter: 'openai-responses',
    outputCaps: ['max_output_tokens'],
  },
  { ...STORED, path: '/v1/responses/*', below: '/*', method: 'GET' },
  { ...STORED, path: '/v1/responses/*', below: '/*', method: 'DELETE' },
  { ...STORED, path: '/v1/responses/*/cancel', below: '/*/cancel', method: 'POST' },
  { ...STORED, path: '/v1/responses/*/input_items', below: '/*/input_items', method: 'GET' },
  {
    ...MODEL_CALL,
    name: 'embeddings',
    dialect: 'openai',
    path: '/v1/embeddings',
    meter: 'openai-embeddings',
    writesTokens: false,
  },
  {
    ...MODEL_CALL,
    name: 'moderations',
    dialect: 'openai',
    path: '/v1/moderations',
    meter: 'free',
    writesTokens: false,
  },
  {
    ...MODEL_CALL,
    name: 'images.generations',
    dialect: 'openai',
    path: '/v1/images/generations',
    meter: 'openai-images',
    choices: ['n'],
  },
  {
    ...MODEL_CALL,
    name: 'messages',
    dialect: 'anthropic',
    path: '/v1/messages',
    meter: 'anthropic-messages',
    outputCaps: ['max_tokens'],
    capRequired: true,
  },
  {
    ...MODEL_CALL,
    name: 'messages.count_tokens',
    dialect: 'anthropic',
    path: '/v1/messages/count_tokens',
    meter: 'free',
    writesTokens: false,
  },
  { ...LIST, path: '/v1/models' },
  { ...LIST, path: '/v1/models/*', below: '/*' },
]

export type FoundOperation = { operation: ServedOperation; id: string | null }

const EXACT = new Map(
  SERVED.filter(({ path }) => !path.includes('*')).map((operation) => [operation.path, operation]),
)
const FOUND = new Map([...EXACT].map(([path, operation]) => [path, Object.freeze({ operation, id: null })]))
const WITH_ID = SERVED.filter(({ path }) => path.includes('*')).map((operation) => ({
  operation,
  // A model's name may have a slash in it (`provider/model`).
  pattern: new RegExp(
    `^${operation.path.replace('*', operation.kind === 'model-list' ? '([\\w.:@/-]{1,200})' : '([\\w-]{1,200})')}$`,
  ),
}))

/** Finds what serves `method path`; or says whether the path exists with other methods, or not at all. */
export function findOperation(method: string, path: string): FoundOperation | { allow: string[] } {
  const exact = FOUND.get(path)
  if (exact) return exact.operation.method === method ? exact : { allow: [exact.operation.method] }
  const allow: string[] = []
  for (const { operation, pattern } of WITH_ID) {
    const match = pattern.exec(path)
    if (!match || /(?:^|\/)\.{1,2}(?:\/|$)/.test(match[1] ?? '')) continue
    if (operation.method === method) return { operation, id: match[1] ?? '' }
    allow.push(operation.method)
  }
  return { allow }
}

/** The dialect to answer in when nothing was found at `path`. */
export function dialectOf(path: string): Dialect {
  return path.startsWith('/v1/messages') ? 'anthropic' : 'openai'
}

export const SERVED_PATHS = [...new Set(SERVED.map(({ path }) => path.replace('*', '{id}')))].join(', ')
