import { MultiSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { documentCreate, documentUpdate } from '../../src/contract/documents.ts'
import { roleList } from '../../src/contract/roles.ts'
import { teamList } from '../../src/contract/teams.ts'
import { allOf } from '../all.ts'
import { q, useAct } from '../api.ts'
import { AsOpened } from '../as-opened.tsx'
import type { Document } from '../pages/documents/Documents.tsx'
import { useAddress } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'

type Props = { document?: Document; onClose: () => void }

/** Begins a document, or changes whom it concerns and what depends on it. */
export function DocumentForm({ document, onClose }: Props) {
  if (document === undefined) return <Form onClose={onClose} />
  return <AsOpened now={document}>{(document) => <Form document={document} onClose={onClose} />}</AsOpened>
}

function Form({ document, onClose }: Props) {
  const [, setAddress] = useAddress()
  const create = useAct(documentCreate)
  const update = useAct(documentUpdate)
  const teams = useQuery(allOf(teamList, { query: {} })).data ?? []
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const [title, setTitle] = useState(document?.title ?? '')
  const [kind, setKind] = useState<'policy' | 'training'>('policy')
  const [teamIds, setTeamIds] = useState(document?.teamIds ?? [])
  const [roleIds, setRoleIds] = useState(document?.roles ?? [])
  const [required, setRequired] = useState(document?.required ?? false)
  const [validityDays, setValidityDays] = useState<number | null>(document?.validityDays ?? null)
  const [graceDays, setGraceDays] = useState(document?.graceDays ?? 14)
  const submit = () => {
    const body = { title, teamIds, roles: roleIds, required, graceDays }
    if (document === undefined) {
      const whole = { ...body, kind, ...(validityDays === null ? {} : { validityDays }) }
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
      { input: { params, body: { ...body, validityDays } }, ifMatch: document.version },
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
      onSubmit={submit}
    >
      <TextInput
        label="Title"
        required
        maxLength={120}
        value={title}
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
      />
      {document === undefined && (
        <Select
          label="Kind"
          allowDeselect={false}
          data={[
            { value: 'policy', label: 'A policy, to be read' },
            { value: 'training', label: 'A training, to be learnt from' },
          ]}
          value={kind}
          onChange={(next) => setKind(next === 'training' ? 'training' : 'policy')}
        />
      )}
      <MultiSelect
        label="Concerns these teams"
        description="Everybody, when neither teams nor roles are chosen."
        searchable
        data={teams.map(({ id, name }) => ({ value: id, label: name }))}
        value={teamIds}
        onChange={setTeamIds}
      />
      <MultiSelect
        label="And these roles"
        searchable
        data={roles.map(({ id, name }) => ({ value: id, label: name }))}
        value={roleIds}
        onChange={setRoleIds}
      />
      <Switch
        label="Keys depend on it"
        description="Whom it concerns creates and rotates no key before they have acknowledged it. Calls go on."
        checked={required}
        onChange={({ currentTarget }) => setRequired(currentTarget.checked)}
      />
      <NumberInput
        label="Grace, in days"
        description="For those who are here when a version comes out. Who comes later reads first."
        min={0}
        max={365}
        value={graceDays}
        onChange={(value) => setGraceDays(Number(value))}
      />
      <NumberInput
        label="Read again after, in days"
        description="Empty: once is enough."
        min={1}
        max={3650}
        value={validityDays ?? ''}
        onChange={(value) => setValidityDays(value === '' ? null : Number(value))}
      />
    </FormPanel>
  )
}
