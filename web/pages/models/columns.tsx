import { Tooltip } from '@mantine/core'
import type { PriceUnit } from '../../../src/domain/pricing.ts'
import { count, countShort, usd } from '../../format.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import type { Column } from '../../ui/DataTable.tsx'
import { Status } from '../../ui/Status.tsx'
import { type Model, ownKind, rateOf, type Use } from './catalogue.ts'
import classes from './Models.module.css'

type About = {
  /** Null when the viewer may not see what was used. */
  uses: Map<string, Use> | null
  /** The places whose policy refuses it; null when the viewer may not see policies. */
  refused: ((model: Model) => string[]) | null
}

export function columnsOf({ uses, refused }: About): Column<Model>[] {
  const columns: (Column<Model> | null)[] = [
    { id: 'name', header: 'Model', title: true, cell: (model) => <Name model={model} /> },
    rate('input', 'Input'),
    rate('cachedInput', 'Cached'),
    rate('output', 'Output'),
    {
      id: 'context',
      header: 'Context',
      numeric: true,
      cell: ({ contextWindow }) =>
        contextWindow === null ? <span className="muted">not known</span> : countShort(contextWindow),
    },
    refused && {
      id: 'who',
      header: 'Who may use it',
      cell: (model) => <Allowed refused={refused(model)} />,
    },
    uses && {
      id: 'use',
      header: 'Sent in 30 days',
      numeric: true,
      cell: ({ name }) => <Used use={uses.get(name)} />,
    },
  ]
  return columns.filter((column) => column !== null)
}

function Name({ model }: { model: Model }) {
  const kind = ownKind(model)
  const { name, upstreamModel, providerName, deprecated, price } = model
  return (
    <div>
      <span className={classes.name}>
        {name}
        <CopyButton value={name} label={`Copy the name ${name}`} />
      </span>
      <div className={classes.note}>
        {kind === null ? providerName : `${providerName}, ${upstreamModel}`}
        {kind && <Status tone="accent">{kind}</Status>}
        {deprecated && <Status tone="quiet">deprecated</Status>}
        {price === null && <Status tone="warn">unpriced</Status>}
      </div>
    </div>
  )
}

/** USD per million tokens. */
function rate(unit: PriceUnit, header: string): Column<Model> {
  return {
    id: unit,
    header,
    numeric: true,
    cell: ({ price }) => {
      if (price === null) return <span className="muted">unpriced</span>
      const found = rateOf(price, unit)
      if (found === null) return <span className="muted">–</span>
      if (found.tiers === 1) return usd(found.usd)
      return (
        <Tooltip label="More for longer inputs">
          <span>{usd(found.usd)} +</span>
        </Tooltip>
      )
    },
  }
}

const MOST_NAMED = 2

function Allowed({ refused }: { refused: string[] }) {
  if (refused.length === 0) return <>everyone</>
  if (refused.length <= MOST_NAMED) return <>not {refused.join(', ')}</>
  return (
    <Tooltip label={refused.join(', ')} multiline maw={320}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the names are for who uses a keyboard as well. */}
      <span tabIndex={0}>not {count(refused.length)} places</span>
    </Tooltip>
  )
}

function Used({ use }: { use: Use | undefined }) {
  if (use === undefined || use.calls === 0) return <span className="muted">not used</span>
  return (
    <div>
      {usd(use.costUsd)}
      <div className="muted">
        {count(use.calls)} {use.calls === 1 ? 'call' : 'calls'}
      </div>
    </div>
  )
}
