import {
  type Dialect,
  MODEL_OPERATIONS,
  type ModelOperation,
  type OperationName,
  type OperationTerms,
} from '../domain/operations.ts'
import type { Meter } from '../providers/usage-watch.ts'

/** How one operation is read, bounded and metered. What is not in the table is not served: there is no pass-through. */
export type ServedOperation = OperationTerms & {
  name: OperationName
  dialect: Dialect
  method: 'GET' | 'POST' | 'DELETE'
  kind: 'model-call' | 'stored-object' | 'model-list'
  /** Exact, or with one `*` for an id. */
  path: string
  /** What follows the adapter's path for the operation; `*` is the id. */
  below: string
  meter: Meter
  /** True where the provider refuses a call without a cap. */
  capRequired: boolean
  /** Members that multiply the output. */
  choices: readonly string[]
  /** How usage is asked for on streams: OpenAI's chat protocol reports it only to those who ask. */
  streamOptions: boolean
}

const BARE = { below: '', capRequired: false, choices: [], streamOptions: false } as const

function modelCall<Name extends ModelOperation>(name: Name) {
  return { ...BARE, ...MODEL_OPERATIONS[name], name, method: 'POST', kind: 'model-call' } as const
}

const FREE = {
  ...BARE,
  dialect: 'openai',
  meter: 'free',
  free: true,
  writesTokens: true,
  outputCaps: [],
} as const
const STORED = { ...FREE, name: 'responses', kind: 'stored-object' } as const
const LIST = { ...FREE, name: 'models', kind: 'model-list', method: 'GET' } as const

export const SERVED: readonly ServedOperation[] = [
  {
    ...modelCall('chat.completions'),
    dialect: 'openai',
    path: '/v1/chat/completions',
    meter: 'openai-chat',
    choices: ['n'],
    streamOptions: true,
  },
  {
    ...modelCall('completions'),
    dialect: 'openai',
    path: '/v1/completions',
    meter: 'openai-completions',
    choices: ['n', 'best_of'],
    streamOptions: true,
  },
  {
    ...modelCall('responses'),
    dialect: 'openai',
    path: '/v1/responses',
    meter: 'openai-responses',
  },
  { ...STORED, path: '/v1/responses/*', below: '/*', method: 'GET' },
  { ...STORED, path: '/v1/responses/*', below: '/*', method: 'DELETE' },
  { ...STORED, path: '/v1/responses/*/cancel', below: '/*/cancel', method: 'POST' },
  { ...STORED, path: '/v1/responses/*/input_items', below: '/*/input_items', method: 'GET' },
  {
    ...modelCall('embeddings'),
    dialect: 'openai',
    path: '/v1/embeddings',
    meter: 'openai-embeddings',
  },
  {
    ...modelCall('moderations'),
    dialect: 'openai',
    path: '/v1/moderations',
    meter: 'free',
  },
  {
    ...modelCall('images.generations'),
    dialect: 'openai',
    path: '/v1/images/generations',
    meter: 'openai-images',
    choices: ['n'],
  },
  {
    ...modelCall('messages'),
    dialect: 'anthropic',
    path: '/v1/messages',
    meter: 'anthropic-messages',
    capRequired: true,
  },
  {
    ...modelCall('messages.count_tokens'),
    dialect: 'anthropic',
    path: '/v1/messages/count_tokens',
    meter: 'free',
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
