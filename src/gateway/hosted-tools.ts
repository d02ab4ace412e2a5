import { SEARCHES_PER_CALL } from '../domain/call-hold.ts'
import type { Dialect, HostedTool } from '../domain/operations.ts'
import { BodyError, memberValue, type ScannedBody } from './scan-body.ts'

/** Types of tools that run at the caller's: the provider only writes their arguments. */
const CALLERS_OWN: Record<Dialect, RegExp> = {
  openai: /^(?:function|custom|apply_patch|local_shell)$/,
  anthropic: /^(?:custom|(?:bash|text_editor|memory)_\d{8})$/,
}

/** Tools that the provider runs, by the beginning of their type: OpenAI's have suffixes, Anthropic's have dates. */
const HOSTED: readonly [prefix: string, tool: HostedTool][] = [
  ['web_search', 'web_search'],
  ['web_fetch', 'web_fetch'],
  ['file_search', 'file_search'],
  ['code_interpreter', 'code_interpreter'],
  ['code_execution', 'code_interpreter'],
  ['computer', 'computer_use'],
  ['image_generation', 'image_generation'],
  ['mcp', 'mcp'],
]

export type HostedToolUse = { tools: HostedTool[]; webSearches: number; fileSearches: number }

const NO_TOOLS: HostedToolUse = Object.freeze({ tools: [], webSearches: 0, fileSearches: 0 })

/** The tools in the body that the provider would run. One of a kind we do not know counts as `other`. */
export function hostedToolsIn(body: ScannedBody, dialect: Dialect): HostedToolUse {
  const { keys } = body
  if (!keys.includes('tools') && !keys.includes('mcp_servers') && !keys.includes('web_search_options'))
    return NO_TOOLS
  const found = new Set<HostedTool>()
  let webSearches = 0
  let fileSearches = 0
  for (const tool of listOf(body, 'tools')) {
    const kind = hostedTool(tool, dialect)
    if (kind === null) continue
    found.add(kind)
    if (kind === 'web_search') webSearches += maxUses(tool)
    if (kind === 'file_search') fileSearches += SEARCHES_PER_CALL
  }
  if (listOf(body, 'mcp_servers').length > 0) found.add('mcp')
  if (memberValue(body, 'web_search_options') != null) {
    found.add('web_search')
    webSearches += SEARCHES_PER_CALL
  }
  return { tools: [...found], webSearches, fileSearches }
}

function hostedTool(tool: unknown, dialect: Dialect): HostedTool | null {
  if (typeof tool !== 'object' || tool === null || Array.isArray(tool))
    throw new BodyError('Each tool must be an object.', 'tools')
  const type: unknown = 'type' in tool ? tool.type : undefined
  // Anthropic's own tools of the caller need no type; everywhere else a tool without one is malformed.
  if (type === undefined || type === null) return dialect === 'anthropic' ? null : 'other'
  if (typeof type !== 'string') throw new BodyError('The type of a tool must be a string.', 'tools')
  if (CALLERS_OWN[dialect].test(type)) return null
  return HOSTED.find(([prefix]) => type.startsWith(prefix))?.[1] ?? 'other'
}

function maxUses(tool: unknown): number {
  const uses = (tool as { max_uses?: unknown }).max_uses
  return Number.isSafeInteger(uses) && Number(uses) > 0 ? Math.min(Number(uses), 1000) : SEARCHES_PER_CALL
}

function listOf(body: ScannedBody, name: string): unknown[] {
  const value = memberValue(body, name)
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BodyError(`"${name}" must be a list.`, name)
  return value
}
