import type { HostedTool } from './operations.ts'
import type { Quantities, ReportedUsage } from './usage.ts'

/** What tools that the provider runs may use, as far as it has a price beside the model's tokens. */
export type ToolUse = Pick<
  Quantities,
  'webSearches' | 'fileSearches' | 'containers' | 'toolImageTokensIn' | 'toolImageTokensOut' | 'otherTools'
>

export const NO_TOOL_USE: Readonly<ToolUse> = Object.freeze({
  webSearches: 0,
  fileSearches: 0,
  containers: 0,
  toolImageTokensIn: 0,
  toolImageTokensOut: 0,
  otherTools: 0,
})

/** Uses of a tool that one call may make when it does not say: what is held for it, since nothing bounds them. */
export const USES_PER_CALL = 20

/** The most tokens that an image has, read or drawn. */
export const TOKENS_PER_IMAGE = 20_000

/** What one container is counted for: so much of each call that runs code in it, begun or whole. */
const CONTAINER_MS = 20 * 60_000
/** Held for a call that may run code: an hour. */
export const CONTAINER_SPANS = 3

/** The most that tools of these kinds use in a call that says no more about them. */
export function mostUsed(kinds: readonly HostedTool[]): ToolUse {
  const most = (kind: HostedTool, count: number) => (kinds.includes(kind) ? count : 0)
  const imageTokens = most('image_generation', USES_PER_CALL * TOKENS_PER_IMAGE)
  return {
    webSearches: most('web_search', USES_PER_CALL),
    fileSearches: most('file_search', USES_PER_CALL),
    containers: most('code_interpreter', CONTAINER_SPANS),
    toolImageTokensIn: imageTokens,
    toolImageTokensOut: imageTokens,
    otherTools: most('other', 1),
  }
}

/**
 * What a call is charged for tools. An answer does not say for how long code ran, nor which
 * model made its images: those are charged at the most they can cost, and so is all of a call that was cut, and any
 * tool that nobody knows the price of.
 */
export function chargedTools(
  { quantities, ranCode, cut }: Pick<ReportedUsage, 'quantities' | 'ranCode' | 'cut'>,
  held: ToolUse,
  durationMs: number,
): { tools: ToolUse; estimated: boolean } {
  const atLeast = cut ? held : NO_TOOL_USE
  const spans = 1 + Math.floor(durationMs / CONTAINER_MS)
  const tools = {
    webSearches: Math.max(quantities.webSearches, atLeast.webSearches),
    fileSearches: Math.max(quantities.fileSearches, atLeast.fileSearches),
    containers: ranCode || cut ? (held.containers / CONTAINER_SPANS) * spans : 0,
    toolImageTokensIn: Math.max(quantities.toolImageTokensIn, atLeast.toolImageTokensIn),
    toolImageTokensOut: Math.max(quantities.toolImageTokensOut, atLeast.toolImageTokensOut),
    otherTools: held.otherTools,
  }
  const { containers, toolImageTokensIn, toolImageTokensOut, otherTools } = tools
  return { tools, estimated: containers + toolImageTokensIn + toolImageTokensOut + otherTools > 0 }
}
