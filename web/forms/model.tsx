import { Autocomplete, NumberInput, SegmentedControl, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { modelCreate, modelList, modelUpdate } from '../../src/contract/models.ts'
import { providerList } from '../../src/contract/providers.ts'
import { PRICE_UNITS, type PriceUnit } from '../../src/domain/pricing.ts'
import { all } from '../all.ts'
import { useAct } from '../api.ts'
import { AsOpened, type Draft as ThingDraft } from '../as-opened.tsx'
import { type Labels, unsaid } from '../clashes.ts'
import type { Model } from '../pages/models/catalogue.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'
import classes from './model.module.css'

const UNITS: Record<PriceUnit, string> = {
  input: 'Input',
  cachedInput: 'Cached input',
  cacheWrite5m: 'Cache write, 5 min',
  cacheWrite1h: 'Cache write, 1 h',
  audioInput: 'Audio input',
  cachedAudioInput: 'Cached audio input',
  imageInput: 'Image input',
  output: 'Output',
  reasoning: 'Reasoning',
  audioOutput: 'Audio output',
  imageOutput: 'Image output',
  webSearch: 'Web search, per 1,000',
  fileSearch: 'File search, per 1,000',
  container: 'Container, 1,000 times 20 min',
  toolImageInput: 'Image input of a tool',
  toolImageOutput: 'Image output of a tool',
  otherTool: 'Any other tool, per 1,000 calls',
  image: 'Image, each',
  request: 'Request, per 1,000',
}
/** What nearly every price has. */
const USUAL: PriceUnit[] = ['input', 'cachedInput', 'output']

type Rates = NonNullable<Model['rates']>
type Draft = {
  name: string
  providerId: string | null
  upstreamModel: string
  /** Null takes the catalogue's. */
  rates: Rates | null
  contextWindow: number | null
  maxOutputTokens: number | null
}

const LABELS: Labels<Draft> = {
  name: 'Name',
  providerId: unsaid('Provider'),
  upstreamModel: 'Model of the provider',
  rates: unsaid('Price'),
  contextWindow: 'Context, tokens',
  maxOutputTokens: 'Longest output, tokens',
}

const BLANK: Draft = {
  name: '',
  providerId: null,
  upstreamModel: '',
  rates: null,
  contextWindow: null,
  maxOutputTokens: null,
}

/** A name of one's own for a model, or a price of one's own: of `like`, when it begins at one of the catalogue. */
export function ModelCreate({ like, onClose }: { like: Model | undefined; onClose: () => void }) {
  const create = useAct(modelCreate)
  const [draft, setDraft] = useState<Draft>(() =>
    like ? { ...draftOf(like), rates: like.price ?? {} } : BLANK,
  )
  const submit = () => {
    const { providerId, ...rest } = draft
    if (providerId === null) return
    create.mutate(
      { input: { body: { ...rest, providerId } } },
      {
        onSuccess: ({ name }) => {
          toast(`Callers can use ${name} within two seconds.`)
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={like ? `Price of ${like.name}` : 'Add a model'}
      act={like ? 'Save price' : 'Add'}
      pending={create.isPending}
      error={create.error}
      disabled={draft.providerId === null}
      onSubmit={submit}
    >
      {!like && (
        <TextInput
          label="Name"
          description="What callers write. It never changes."
          placeholder="fast"
          required
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value.trim() })}
        />
      )}
      {!like && <Way value={draft} onChange={setDraft} />}
      <PriceFields value={draft} onChange={setDraft} />
      <SizeFields value={draft} onChange={setDraft} />
    </FormPanel>
  )
}

type EditProps = { model: Model; id: string; onClose: () => void }

/** Mount it with a key for each model: it begins with what that one says. */
export function ModelEdit({ model, ...rest }: EditProps) {
  return (
    <AsOpened now={model} fields={draftOf} labels={LABELS}>
      {(form) => <EditForm form={form} {...rest} />}
    </AsOpened>
  )
}

function EditForm({ form, id, onClose }: Omit<EditProps, 'model'> & { form: ThingDraft<Model, Draft> }) {
  const update = useAct(modelUpdate)
  const { thing: model, fields: draft, set, changed, only } = form
  const submit = () => {
    const { name, providerId, ...rest } = draft
    const body = only({ ...rest, ...(providerId === null ? {} : { providerId }) })
    update.mutate(
      {
        input: { params: { modelId: id }, body },
        ...(model.version === null ? {} : { ifMatch: model.version }),
      },
      {
        onSuccess: () => {
          toast(`${name} was changed.`)
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Change ${model.name}`}
      act="Save"
      pending={update.isPending}
      error={update.error}
      disabled={!changed || draft.providerId === null}
      onSubmit={submit}
    >
      <Way value={draft} onChange={set} />
      <PriceFields value={draft} onChange={set} />
      <SizeFields value={draft} onChange={set} />
    </FormPanel>
  )
}

type Fields = { value: Draft; onChange: (value: Draft) => void }

/** Where its calls go. */
function Way({ value, onChange }: Fields) {
  const providers = useQuery(all(providerList, {}))
  const live = (providers.data?.items ?? []).filter(({ archivedAt }) => archivedAt === null)
  const { providerId } = value
  const models = useQuery({
    ...all(modelList, { query: providerId === null ? {} : { providerId, source: 'catalogue' } }),
    enabled: providerId !== null,
  })
  return (
    <>
      <Select
        label="Provider"
        placeholder="Choose a provider"
        required
        data={live.map(({ id, name }) => ({ value: id, label: name }))}
        value={providerId}
        onChange={(next) => onChange({ ...value, providerId: next })}
      />
      <Autocomplete
        label="Model of the provider"
        description="The name by which the provider knows it."
        placeholder="gpt-5.4-mini"
        required
        data={[...new Set((models.data?.items ?? []).map(({ upstreamModel }) => upstreamModel))]}
        limit={40}
        value={value.upstreamModel}
        onChange={(upstreamModel) => onChange({ ...value, upstreamModel: upstreamModel.trim() })}
      />
    </>
  )
}

function PriceFields({ value, onChange }: Fields) {
  const { rates } = value
  const [more, setMore] = useState(false)
  const units = PRICE_UNITS.filter((unit) => more || USUAL.includes(unit) || rates?.[unit] !== undefined)
  return (
    <fieldset className={classes.price}>
      <legend>Price</legend>
      <SegmentedControl
        fullWidth
        aria-label="Whose price counts"
        data={[
          { value: 'catalogue', label: 'From the catalogue' },
          { value: 'own', label: 'Your own' },
        ]}
        value={rates === null ? 'catalogue' : 'own'}
        onChange={(whose) => onChange({ ...value, rates: whose === 'own' ? (rates ?? {}) : null })}
      />
      {rates === null ? (
        <p className="muted">
          What the catalogue says of the provider’s model. Calls to a model that it does not know are refused.
        </p>
      ) : (
        <>
          <p className="muted">USD per million tokens, unless it says otherwise. 0 is free.</p>
          <div className={classes.units}>
            {units.map((unit) => (
              <RateInput
                key={unit}
                label={UNITS[unit]}
                rate={rates[unit]}
                onChange={(rate) => onChange({ ...value, rates: withRate(rates, unit, rate) })}
              />
            ))}
          </div>
          {!more && (
            <button type="button" className={classes.more} onClick={() => setMore(true)}>
              More units
            </button>
          )}
        </>
      )}
    </fieldset>
  )
}

function RateInput({
  label,
  rate,
  onChange,
}: {
  label: string
  rate: Rates[PriceUnit]
  onChange: (rate: string) => void
}) {
  const tiers = typeof rate === 'object' ? rate : null
  return (
    <TextInput
      label={label}
      leftSection="$"
      inputMode="decimal"
      autoComplete="off"
      description={tiers ? `In ${tiers.length} tiers by size; writing here makes it one price.` : undefined}
      placeholder={tiers ? tiers.map(({ usd }) => usd).join(' / ') : 'none'}
      value={typeof rate === 'string' ? rate : ''}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
    />
  )
}

function withRate(rates: Rates, unit: PriceUnit, rate: string): Rates {
  const { [unit]: _, ...others } = rates
  return rate === '' ? others : { ...others, [unit]: rate }
}

function SizeFields({ value, onChange }: Fields) {
  const size = (name: 'contextWindow' | 'maxOutputTokens', label: string) => (
    <NumberInput
      label={label}
      placeholder="Not known"
      min={1}
      allowDecimal={false}
      hideControls
      thousandSeparator=","
      value={value[name] ?? ''}
      onChange={(next) => onChange({ ...value, [name]: typeof next === 'number' ? next : null })}
    />
  )
  return (
    <div className={classes.units}>
      {size('contextWindow', 'Context, tokens')}
      {size('maxOutputTokens', 'Longest output, tokens')}
    </div>
  )
}

function draftOf({ name, providerId, upstreamModel, rates, contextWindow, maxOutputTokens }: Model): Draft {
  return { name, providerId, upstreamModel, rates, contextWindow, maxOutputTokens }
}
