import { MultiSelect, NumberInput, Switch, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { documentCreate, documentUpdate } from '../../src/contract/documents.ts'
import { roleList } from '../../src/contract/roles.ts'
import { teamList } from '../../src/contract/teams.ts'
import { allOf } from '../all.ts'
import { q, useAct } from '../api.ts'
import { AsOpened, type Draft, useNew } from '../as-opened.tsx'
import { unsaid } from '../clashes.ts'
import type { Document } from '../pages/documents/Documents.tsx'
import { useAddress } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'

type Fields = Pick<
  Document,
  'kind' | 'title' | 'teamIds' | 'roles' | 'required' | 'validityDays' | 'graceDays'
>

const NEW: Fields = {
  kind: 'policy',
  title: '',
  teamIds: [],
  roles: [],
  required: false,
  validityDays: null,
  graceDays: 14,
}

type Props = { onClose: () => void }

/** Begins a document, or changes whom it concerns and what depends on it. */
export function DocumentForm({ document, onClose }: Props & { document?: Document }) {
  if (document === undefined) return <Create onClose={onClose} />
  return (
    <AsOpened now={document} fields={fieldsOf} labels={LABELS}>
      {(form) => <Form form={form} onClose={onClose} />}
    </AsOpened>
  )
}

function Create({ onClose }: Props) {
  return <Form form={useNew(NEW)} onClose={onClose} />
}

function fieldsOf({ kind, title, teamIds, roles, required, validityDays, graceDays }: Document): Fields {
  return { kind, title, teamIds, roles, required, validityDays, graceDays }
}

const LABELS = {
  kind: unsaid('Kind'),
  title: 'Title',
  teamIds: unsaid('Concerns these teams'),
  roles: unsaid('And these roles'),
  required: 'Keys depend on it',
  validityDays: 'Read again after, in days',
  graceDays: 'Grace, in days',
}

function Form({ form, onClose }: Props & { form: Draft<Document | null, Fields> }) {
  const [, setAddress] = useAddress()
  const create = useAct(documentCreate)
  const update = useAct(documentUpdate)
  const teams = useQuery(allOf(teamList, { query: {} })).data ?? []
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const { thing: document, set, changed, only } = form
  const { kind, validityDays, ...terms } = form.fields
  const submit = () => {
    if (document === null) {
      const whole = { ...terms, kind, ...(validityDays === null ? {} : { validityDays }) }
      create.mutate(
        { input: { body: whole } },
        {
          onSuccess: ({ id }) => {
            toast('Begun. It concerns nobody until something is published of it.')
            setAddress({ new: undefined, publish: id })
          },
        },
      )
      return
    }
    const params = { documentId: document.id }
    update.mutate(
      { input: { params, body: only({ ...terms, validityDays }) }, ifMatch: document.version },
      {
        onSuccess: () => {
          toast('Changed.')
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={document ? `Change ${document.title}` : 'New document'}
      act={document ? 'Save' : 'Begin it'}
      pending={create.isPending || update.isPending}
      error={create.error ?? update.error}
      disabled={!changed}
      onSubmit={submit}
    >
      <TextInput
        label={LABELS.title}
        required
        maxLength={120}
        value={terms.title}
        onChange={({ currentTarget }) => set({ title: currentTarget.value })}
      />
      {document === null && (
        <Select
          label={LABELS.kind.label}
          allowDeselect={false}
          data={[
            { value: 'policy', label: 'A policy, to be read' },
            { value: 'training', label: 'A training, to be learnt from' },
          ]}
          value={kind}
          onChange={(next) => set({ kind: next === 'training' ? 'training' : 'policy' })}
        />
      )}
      <MultiSelect
        label={LABELS.teamIds.label}
        description="Everybody, when neither teams nor roles are chosen."
        searchable
        data={teams.map(({ id, name }) => ({ value: id, label: name }))}
        value={terms.teamIds}
        onChange={(next) => set({ teamIds: next })}
      />
      <MultiSelect
        label={LABELS.roles.label}
        searchable
        data={roles.map(({ id, name }) => ({ value: id, label: name }))}
        value={terms.roles}
        onChange={(next) => set({ roles: next })}
      />
      <Switch
        label={LABELS.required}
        description="Whom it concerns creates and rotates no key before they have acknowledged it. Calls go on."
        checked={terms.required}
        onChange={({ currentTarget }) => set({ required: currentTarget.checked })}
      />
      <NumberInput
        label={LABELS.graceDays}
        description="For those who are here when a version comes out. Who comes later reads first."
        min={0}
        max={365}
        value={terms.graceDays}
        onChange={(value) => set({ graceDays: Number(value) })}
      />
      <NumberInput
        label={LABELS.validityDays}
        description="Empty: once is enough."
        min={1}
        max={3650}
        value={validityDays ?? ''}
        onChange={(value) => set({ validityDays: value === '' ? null : Number(value) })}
      />
    </FormPanel>
  )
}
