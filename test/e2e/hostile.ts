import { newId } from '../../src/ids.ts'
import { insertUsageRow } from '../usage-row.ts'
import type { Say } from './acme-stage.ts'
import type { DashboardWorld } from './dashboard-world.ts'

const MOST_CHARACTERS = 120
const RUN = 'window.__xss=1'
const RIGHT_TO_LEFT = '\u202e'
const STACKED = `Z${'\u0301'.repeat(50)}`
const FAMILY = '👩‍👩‍👧‍👦'

/** Each would run a script where text is taken for markup, and is in the way of a layout that expects short words. */
const HOSTILE = [
  `<img src=x onerror=${RUN}>${'W'.repeat(80)}`,
  `"><script>${RUN}</script>${STACKED}`,
  `javascript:${RUN}//${'m'.repeat(90)}`,
  `${RIGHT_TO_LEFT}<svg onload=${RUN}>${RIGHT_TO_LEFT} العربية`,
  `=HYPERLINK("javascript:${RUN}","${FAMILY.repeat(4)}")`,
  `</title><iframe srcdoc="<script>parent.${RUN}</script>">`,
  `'-(${RUN})-'${'W'.repeat(100)}`,
  `{{constructor.constructor("${RUN}")()}}${FAMILY.repeat(5)}`,
  `@SUM(1)|cmd<details open ontoggle=${RUN}>`,
  'W'.repeat(MOST_CHARACTERS),
]

/** Says something hostile in the place of every name, in turn, and never the same twice. */
export function hostileNames(): Say {
  let said = 0
  return () => {
    const text = HOSTILE[said % HOSTILE.length] ?? ''
    said += 1
    const number = ` ${said}`
    // Whole characters only: half of one is refused.
    return (
      [...text]
        .slice(0, MOST_CHARACTERS - number.length)
        .join('')
        .slice(0, MOST_CHARACTERS - number.length) + number
    )
  }
}

/** What callers may say that no name is: models, tags, and a document with links that lead to scripts. */
export async function addHostileRest({ app, stage, people, keys, providers }: DashboardWorld): Promise<void> {
  const { owner } = people
  const model = `<img/src=x/onerror=${RUN}>${'W'.repeat(120)}`
  const own = { name: model, providerId: providers.openai.id, upstreamModel: model }
  await stage.make(owner, 'modelCreate', { body: own })
  const { id: keyId, secretId, place } = keys.active
  for (const tag of HOSTILE) {
    await insertUsageRow(app, {
      id: newId('use'),
      keyId,
      secretId,
      ...place,
      model,
      servedModel: model,
      tags: JSON.stringify({ 'cost-center': tag }),
      costNanoUsd: 1_000_000_000n,
    })
  }
  const { id: documentId } = await stage.make(owner, 'documentCreate', { body: { title: HOSTILE[0] } })
  const body = [`[policy](javascript:${RUN})`, `![](x" onerror="${RUN})`, `<a href="javascript:${RUN}">a</a>`]
  await stage.make(owner, 'documentPublish', { params: { documentId }, body: { body: body.join('\n\n') } })
}
