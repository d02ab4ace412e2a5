import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { DollarSign, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { modelDelete, modelList } from '../../src/contract/models.ts'
import { policyList } from '../../src/contract/policies.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { all } from '../all.ts'
import { q, useAct } from '../api.ts'
import { count, usd } from '../format.ts'
import { ConfirmDialog, ModelCreate, ModelEdit } from '../forms/panels.ts'
import { useScopeNames } from '../scopes.tsx'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { toast } from '../ui/announce.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { ChoiceFilter, Filters, NothingMatches, TextFilter } from '../ui/Filters.tsx'
import { Page } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { To } from '../ui/To.tsx'
import { useViewer, type Verdict } from '../viewer.ts'
import { startOfLast } from '../zoned.ts'
import { type Model, ORDERS, type Order, ordered, refusedIn, type Use, usesOf } from './models/catalogue.ts'
import { columnsOf } from './models/columns.tsx'
import classes from './models/Models.module.css'

const FILTERS = ['search', 'provider', 'show']
const AT_ONCE = 25
const COMMAND = 'claviger provider create --name openai --kind openai'

const ORDER_TEXT: Record<Order, string> = {
  name: 'Name',
  used: 'Most spent on',
  cheap: 'Cheapest input',
  dear: 'Dearest input',
}

const SHOWN = ['used', 'own', 'unpriced', 'mine'] as const
type Shown = (typeof SHOWN)[number]
const SHOWN_TEXT: Record<Shown, string> = {
  used: 'used in 30 days',
  own: 'own entries',
  unpriced: 'unpriced',
  mine: 'allowed everywhere',
}

export default function ModelsPage() {
  const [address, setAddress] = useAddress()
  const { inOrganization, somewhere, organization } = useViewer()
  const models = useQuery(all(modelList, {}))
  // The last 30 days of the usage page.
  const from = startOfLast(30, organization.timeZone)
  const usage = useQuery({
    ...q(usageReport, { query: { by: 'model,provider', from, limit: 10_000 } }),
    enabled: somewhere('usage:read'),
  })
  const uses = models.data && usage.data ? usesOf(models.data.items, usage.data) : null
  const may = inOrganization('model:create')
  const close = () => setAddress({ add: undefined, price: undefined, edit: undefined })
  const like = models.data?.items.find(({ name }) => name === address.price)
  const edited = models.data?.items.find(({ id }) => id !== null && id === address.edit)
  return (
    <Page
      title="Models"
      lead={models.data && leadOf(models.data.items, uses)}
      actions={
        may === true ? (
          <Button
            leftSection={<Plus size={16} aria-hidden />}
            onClick={() => setAddress({ add: 'model' }, false)}
          >
            Add a model
          </Button>
        ) : (
          <Button component={To} to="/requests" search={{ new: 'model' }}>
            Request a model
          </Button>
        )
      }
    >
      <Region of={models} rows={12}>
        {({ items }) => (items.length === 0 ? <None /> : <Catalogue models={items} uses={uses} />)}
      </Region>
      {address.add === 'model' && <ModelCreate like={undefined} onClose={close} />}
      {like && <ModelCreate key={like.name} like={like} onClose={close} />}
      {edited?.id && <ModelEdit key={edited.id} id={edited.id} model={edited} onClose={close} />}
    </Page>
  )
}

function leadOf(models: Model[], uses: Map<string, Use> | null): string {
  const providers = new Set(models.map(({ providerId }) => providerId)).size
  const unpriced = models.filter(({ price }) => price === null).length
  const used = uses && [...uses.values()].filter(({ calls }) => calls > 0).length
  const parts = [
    `${count(models.length)} models of ${count(providers)} ${providers === 1 ? 'provider' : 'providers'}`,
    used === null ? null : `calls were sent to ${count(used)} in the last 30 days`,
    unpriced === 0
      ? null
      : `${count(unpriced)} ${unpriced === 1 ? 'is' : 'are'} unpriced, so calls to ${unpriced === 1 ? 'it' : 'them'} are refused`,
  ]
  return `${parts.filter(Boolean).join('; ')}. Prices are USD per million tokens.`
}

function None() {
  return (
    <Empty title="No models yet">
      <p>Models come with the providers that you connect.</p>
      <Button component={To} to="/providers" search={{ new: 'provider' }} variant="default">
        Connect a provider
      </Button>
      <p>
        <code>{COMMAND}</code> <CopyButton value={COMMAND} label="Copy the command" />
      </p>
    </Empty>
  )
}

function Catalogue({ models, uses }: { models: Model[]; uses: Map<string, Use> | null }) {
  const [address] = useAddress()
  const { inOrganization, somewhere } = useViewer()
  const [most, setMost] = useState(AT_ONCE)
  const [deleting, setDeleting] = useState<Model | null>(null)
  const policies = useQuery({
    ...all(policyList, { query: { exceptScopeType: 'key' } }),
    enabled: somewhere('policy:read'),
  })
  const ruling = (policies.data?.items ?? []).filter(
    ({ models, providers }) => models !== null || providers !== null,
  )
  const nameOf = useScopeNames(ruling.map(({ scope }) => scope))
  const text = address.search?.toLowerCase() ?? ''
  const order = ORDERS.find((one) => one === address.order) ?? 'name'
  const fits: Record<Shown, (model: Model) => boolean> = {
    used: ({ name }) => (uses?.get(name)?.calls ?? 0) > 0,
    own: ({ source }) => source === 'own',
    unpriced: ({ price }) => price === null,
    mine: (model) => refusedIn(model, ruling).length === 0,
  }
  const show = SHOWN.find((one) => one === address.show)
  const found = ordered(
    models
      .filter(({ name, upstreamModel }) => `${name} ${upstreamModel}`.toLowerCase().includes(text))
      .filter(({ providerName }) => !address.provider || providerName === address.provider)
      .filter((model) => show === undefined || fits[show](model)),
    order,
    uses ?? new Map(),
  )
  const providers = [...new Set(models.map(({ providerName }) => providerName))].sort()
  const may = inOrganization('model:update')
  const create = inOrganization('model:create')
  return (
    <>
      <Filters>
        <TextFilter name="search" label="Search" placeholder="Name of a model" />
        <ChoiceFilter
          name="provider"
          label="Provider"
          all="All providers"
          choices={providers.map((name) => ({ value: name, label: name }))}
        />
        <ChoiceFilter
          name="show"
          label="Show"
          all="All models"
          choices={SHOWN.filter((one) => uses !== null || one !== 'used').map((one) => ({
            value: one,
            label: SHOWN_TEXT[one],
          }))}
        />
        <ChoiceFilter
          name="order"
          label="Order"
          all="Name"
          choices={ORDERS.filter((one) => one !== 'name' && (uses !== null || one !== 'used')).map((one) => ({
            value: one,
            label: ORDER_TEXT[one],
          }))}
        />
      </Filters>
      {found.length === 0 ? (
        <NothingMatches what="models" names={FILTERS} words={{ show: SHOWN_TEXT }} />
      ) : (
        <div className={classes.table}>
          <DataTable
            label="Models"
            rows={found.slice(0, most)}
            columns={columnsOf({
              uses,
              refused: policies.data ? (model) => refusedIn(model, ruling).map(nameOf) : null,
            })}
            rowId={({ name }) => name}
            {...(create === true || may === true
              ? {
                  actions: (model: Model) => (
                    <RowActions
                      model={model}
                      can={model.source === 'own' ? may : create}
                      onDelete={setDeleting}
                    />
                  ),
                }
              : {})}
            more={{ hasMore: found.length > most, loading: false, load: () => setMost(most + AT_ONCE) }}
          />
        </div>
      )}
      <Delete
        model={deleting}
        use={deleting ? uses?.get(deleting.name) : undefined}
        onClose={() => setDeleting(null)}
      />
    </>
  )
}

function RowActions({
  model,
  can,
  onDelete,
}: {
  model: Model
  can: Verdict
  onDelete: (model: Model) => void
}) {
  const [, setAddress] = useAddress()
  const { id, name, source } = model
  const button = { size: 'compact-sm', variant: 'subtle', can } as const
  if (source === 'catalogue') {
    return (
      <ActButton
        {...button}
        aria-label={`Set a price of your own for ${name}`}
        title="Set a price of your own"
        onClick={() => setAddress({ price: name }, false)}
      >
        <DollarSign size={15} aria-hidden />
      </ActButton>
    )
  }
  return (
    <Group gap={0} justify="flex-end" wrap="nowrap">
      <ActButton
        {...button}
        aria-label={`Change ${name}`}
        title="Change"
        onClick={() => setAddress({ edit: id ?? undefined }, false)}
      >
        <Pencil size={15} aria-hidden />
      </ActButton>
      <ActButton {...button} aria-label={`Delete ${name}`} title="Delete" onClick={() => onDelete(model)}>
        <Trash2 size={15} aria-hidden />
      </ActButton>
    </Group>
  )
}

function Delete({ model, use, onClose }: { model: Model | null; use: Use | undefined; onClose: () => void }) {
  const remove = useAct(modelDelete)
  const used = use !== undefined && use.calls > 0
  return (
    <ConfirmDialog
      opened={model !== null}
      onClose={onClose}
      title={`Delete ${model?.name}?`}
      act="Delete"
      danger
      {...(used && model ? { typed: model.name } : {})}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (!model?.id) return
        remove.mutate(
          {
            input: { params: { modelId: model.id } },
            ...(model.version === null ? {} : { ifMatch: model.version }),
          },
          {
            onSuccess: () => {
              toast(`${model.name} was deleted.`)
              onClose()
            },
          },
        )
      }}
    >
      <p>
        Calls to it are then routed as if it had never been: to a model of the catalogue of that name, or
        refused.
      </p>
      <p>
        {used
          ? `${count(use.calls)} ${use.calls === 1 ? 'call was' : 'calls were'} sent to it in the last 30 days, for ${usd(use.costUsd)}.`
          : 'No call was sent to it in the last 30 days.'}
      </p>
    </ConfirmDialog>
  )
}
