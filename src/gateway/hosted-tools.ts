import type { Dialect, HostedTool } from '../domain/operations.ts'
import {
  CONTAINER_SPANS,
  NO_TOOL_USE,
  TOKENS_PER_IMAGE,
  type ToolUse,
  USES_PER_CALL,
} from '../domain/tool-use.ts'
import type { ServedOperation } from './operations.ts'
import { BodyError, memberValue, type ScannedBody } from './scan-body.ts'

/** Types of tools that run at the caller's: the provider only writes their arguments. */
const CALLERS_OWN: Record<Dialect, RegExp> = {
  openai: /^(?:function|custom|apply_patch|local_shell)$/,
  anthropic: /^(?:custom|(?:bash|text_editor|memory)_\d{8})$/,
}

/** The most that a tool may use in a call that may use it so many times. */
type Most = (uses: number, tool: Record<string, unknown>, dialect: Dialect) => Partial<ToolUse>

const tokensOnly: Most = () => ({})
const images: Most = (uses) => ({
  toolImageTokensIn: uses * TOKENS_PER_IMAGE,
  toolImageTokensOut: uses * TOKENS_PER_IMAGE,
})
const unknown: Most = () => ({ otherTools: 1 })

/**
 * Tools that the provider runs, by the beginning of their type: OpenAI's have suffixes, Anthropic's have dates. What
 * has no price of its own is paid for by the model's tokens.
 */
const HOSTED: readonly [prefix: string, tool: HostedTool, most: Most][] = [
  ['web_search', 'web_search', (uses, tool, dialect) => ({ webSearches: searches(uses, tool, dialect) })],
  ['web_fetch', 'web_fetch', tokensOnly],
  ['file_search', 'file_search', (uses) => ({ fileSearches: uses })],
  ['code_interpreter', 'code_interpreter', (_, { container }) => inContainer(container)],
  ['code_execution', 'code_interpreter', () => ({ containers: CONTAINER_SPANS })],
  ['shell', 'other', (_, { environment }) => inContainer(environment)],
  ['computer', 'computer_use', tokensOnly],
  ['image_generation', 'image_generation', images],
  ['mcp', 'mcp', tokensOnly],
  ['tool_search', 'other', tokensOnly],
  ['programmatic_tool_calling', 'other', tokensOnly],
  ['namespace', 'other', tokensOnly],
]

/** Anthropic charges for no container in calls that may search or fetch by one of these, or by a later one. */
const WITH_FREE_CONTAINER = /^web_(?:search|fetch)_(?:20260209|20260[3-9]|20261|202[7-9])/

const GIGABYTES = new Map<unknown, number>([
  [undefined, 1],
  [null, 1],
  ['1g', 1],
  ['4g', 4],
  ['16g', 16],
  ['64g', 64],
])

export type HostedToolUse = { tools: HostedTool[]; use: ToolUse }

const NO_TOOLS: HostedToolUse = Object.freeze({ tools: [], use: NO_TOOL_USE })

/**
 * The tools in the body that the provider would run. One of a kind we do not know counts as `other`. Each is held once,
 * and each container, however often it is named: a conversation that is sent whole names what it loaded in every turn.
 */
export function hostedToolsIn(
  body: ScannedBody,
  { name: operation, dialect }: ServedOperation,
): HostedToolUse {
  const { keys } = body
  const loaded = operation === 'responses' ? loadedTools(body) : []
  const named = keys.includes('tools') || keys.includes('mcp_servers') || keys.includes('web_search_options')
  if (!named && loaded.length === 0) return NO_TOOLS
  const found = new Set<HostedTool>()
  const once = new Map<string, Partial<ToolUse>>()
  const asked = operation === 'responses' ? positive(memberValue(body, 'max_tool_calls')) : null
  const uses = asked ?? USES_PER_CALL
  let freeContainer = false
  for (const tool of [...listOf(body, 'tools'), ...loaded].flatMap(withGrouped)) {
    const row = hostedTool(tool, dialect)
    if (row === null) continue
    const { type, family, name, most } = row
    const members = tool as Record<string, unknown> // it would have been refused
    found.add(name)
    const used = most(uses, members, dialect)
    const which = used.containers ? `${family} ${placeOf(members)}` : family
    once.set(which, greatest(once.get(which) ?? {}, used))
    freeContainer ||= dialect === 'anthropic' && WITH_FREE_CONTAINER.test(type)
  }
  const use = { ...NO_TOOL_USE }
  for (const used of once.values()) add(use, used)
  if (freeContainer) use.containers = 0
  if (listOf(body, 'mcp_servers').length > 0) found.add('mcp')
  if (memberValue(body, 'web_search_options') != null) {
    found.add('web_search')
    use.webSearches += USES_PER_CALL
  }
  return found.size > 0 ? { tools: [...found], use } : NO_TOOLS
}

/** What a search for tools has found stands in the conversation, and can be called from then on. */
function loadedTools(body: ScannedBody): unknown[] {
  const index = body.keys.indexOf('input')
  if (index < 0) return []
  const text = body.text.slice(body.starts[index], body.ends[index])
  // `watched`: the name may have an escape. Only those of letters matter.
  if (!/"tools"/i.test(text) && !(body.watched && /\\u00[4-7]/.test(text))) return []
  const items = memberValue(body, 'input')
  return Array.isArray(items) ? items.flatMap(toolsIn) : []
}

/** A namespace groups tools. */
function withGrouped(tool: unknown): unknown[] {
  return [tool, ...toolsIn(tool).flatMap(withGrouped)]
}

function toolsIn(holder: unknown): unknown[] {
  if (typeof holder !== 'object' || holder === null) return []
  // What an MCP server has listed: it is the tool `mcp` that calls them.
  if ('type' in holder && holder.type === 'mcp_list_tools') return []
  // In any case of letters: some readers ignore it.
  return Object.entries(holder).flatMap(([name, tools]) =>
    name.toLowerCase() === 'tools' && Array.isArray(tools) ? tools : [],
  )
}

type Hosted = {
  type: string
  /** The beginning of the type, if it is one that we know: what is used together. */
  family: string
  name: HostedTool
  most: Most
}

function hostedTool(tool: unknown, dialect: Dialect): Hosted | null {
  if (typeof tool !== 'object' || tool === null || Array.isArray(tool))
    throw new BodyError('Each tool must be an object.', 'tools')
  const type: unknown = 'type' in tool ? tool.type : undefined
  // Anthropic's own tools of the caller need no type; everywhere else a tool without one is malformed.
  if (type === undefined || type === null) {
    return dialect === 'anthropic' ? null : { type: '', family: '', name: 'other', most: unknown }
  }
  if (typeof type !== 'string') throw new BodyError('The type of a tool must be a string.', 'tools')
  if (CALLERS_OWN[dialect].test(type)) return null
  const [family, name, most] = HOSTED.find(([prefix]) => type.startsWith(prefix)) ?? [type, 'other', unknown]
  return { type, family, name, most }
}

/** Where a tool runs code, so that two that say the same are told from two that do not. */
function placeOf({ container, environment }: Record<string, unknown>): string {
  return JSON.stringify([container, environment])
}

/** OpenAI's containers by their memory, 1 GB when it is not said. The size of one that was made before is not known. */
function inContainer(place: unknown): Partial<ToolUse> {
  if (typeof place === 'string') return { containers: 64 * CONTAINER_SPANS }
  const { type, memory_limit } = (place ?? {}) as { type?: unknown; memory_limit?: unknown }
  if (type === 'local') return {}
  const known = type === 'container_reference' ? 64 : (GIGABYTES.get(memory_limit) ?? 64)
  return { containers: known * CONTAINER_SPANS }
}

function greatest(one: Partial<ToolUse>, other: Partial<ToolUse>): Partial<ToolUse> {
  const most = { ...one }
  // The keys of a ToolUse.
  for (const name of Object.keys(other) as (keyof ToolUse)[])
    most[name] = Math.max(one[name] ?? 0, other[name] ?? 0)
  return most
}

function add(use: ToolUse, more: Partial<ToolUse>): void {
  // The keys of a ToolUse.
  for (const name of Object.keys(more) as (keyof ToolUse)[]) use[name] += more[name] ?? 0
}

/** Only Anthropic's search has a member that bounds it: OpenAI's would go on past one. */
function searches(uses: number, { max_uses: most }: Record<string, unknown>, dialect: Dialect): number {
  return (dialect === 'anthropic' ? positive(most) : null) ?? uses
}

function positive(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Math.min(Number(value), 1000) : null
}

function listOf(body: ScannedBody, name: string): unknown[] {
  const value = memberValue(body, name)
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BodyError(`"${name}" must be a list.`, name)
  return value
}
