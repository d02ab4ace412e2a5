import { NumberInput, TagsInput, TextInput } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  approvalRuleCreate,
  approvalRuleDelete,
  approvalRuleList,
} from '../../../src/contract/approval-rules.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { projectList } from '../../../src/contract/projects.ts'
import { requestSettingsUpdate, requestSettingsView } from '../../../src/contract/request-settings.ts'
import { teamList } from '../../../src/contract/teams.ts'
import { ASKS_FOR } from '../../../src/domain/access-request.ts'
import { RULED_KINDS } from '../../../src/domain/approval-rule.ts'
import { allOf } from '../../all.ts'
import { pages, q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { labelsOf } from '../../clashes.ts'
import { count, usd } from '../../format.ts'
import { ConfirmDialog, FormPanel } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { useViewer } from '../../viewer.ts'
import { SettingsForm } from './SettingsForm.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'

type Settings = Output<typeof requestSettingsView>
type Rule = Output<typeof approvalRuleList>['data'][number]

export function Requests() {
  const settings = useQuery(q(requestSettingsView, {}))
  return (
    <SettingsFrame title="Requests" lead={settings.data && leadOf(settings.data)}>
      <Section title="How requests are decided">
        <Region of={settings} rows={6}>
          {(data) => (
            <AsOpened now={data} fields={fieldsOf} labels={LABELS}>
              {(form) => <Form form={form} />}
            </AsOpened>
          )}
        </Region>
      </Section>
      <Rules />
    </SettingsFrame>
  )
}

function leadOf({ approvals, productionApprovals, pendingDays }: Settings): string {
  const people = (many: number) => (many === 1 ? 'one person approves' : `${count(many)} people approve`)
  return `For a request ${people(approvals)}, and for production ${people(productionApprovals)}; unanswered, it lapses after ${count(pendingDays)} days.`
}

const FIELDS: {
  name: Exclude<keyof Settings, 'version'>
  label: string
  description?: string
  max: number
}[] = [
  { name: 'approvals', label: 'People who approve a request', max: 5 },
  {
    name: 'productionApprovals',
    label: 'People who approve one that reaches production',
    description: 'It binds requests that are made from now on.',
    max: 5,
  },
  { name: 'raiseDays', label: 'More money or a higher rate lasts at most so many days', max: 366 },
  { name: 'pendingDays', label: 'An unanswered request lapses after so many days', max: 90 },
  { name: 'deliveryHours', label: 'A new key waits so many hours for its owner to open it', max: 720 },
]

const LABELS = labelsOf(FIELDS)

function fieldsOf({ version: _, ...fields }: Settings) {
  return fields
}

function Form({ form }: { form: Draft<Settings, ReturnType<typeof fieldsOf>> }) {
  const { inOrganization } = useViewer()
  const act = useAct(requestSettingsUpdate)
  const { thing, fields: wanted, set, changed, only } = form
  return (
    <SettingsForm
      can={inOrganization('approval-rule:update')}
      changed={changed}
      pending={act.isPending}
      error={act.error}
      onSave={() =>
        act.mutate(
          { input: { body: only(wanted) }, ifMatch: thing.version },
          { onSuccess: () => toast('Saved.') },
        )
      }
    >
      {FIELDS.map(({ name, label, description, max }) => (
        <NumberInput
          key={name}
          label={label}
          {...(description ? { description } : {})}
          required
          min={1}
          max={max}
          value={wanted[name]}
          onChange={(value) => set({ [name]: Number(value) })}
        />
      ))}
    </SettingsForm>
  )
}

function Rules() {
  const [, setAddress] = useAddress()
  const { somewhere, inOrganization } = useViewer()
  const list = useInfiniteQuery(pages(approvalRuleList, { query: {} }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(rows.flatMap(({ teamId, projectId, createdBy }) => [teamId, projectId, createdBy]))
  const [ending, setEnding] = useState<Rule | null>(null)
  const columns: Column<Rule>[] = [
    { id: 'name', header: 'Rule', title: true, cell: ({ name }) => name },
    { id: 'kind', header: 'Approves', cell: ({ kind }) => ASKS_FOR[kind] },
    {
      id: 'where',
      header: 'Where',
      cell: ({ teamId, projectId }) =>
        projectId ? nameOf(projectId) : teamId ? nameOf(teamId) : 'everywhere',
    },
    {
      id: 'bounds',
      header: 'At most',
      cell: ({ models, maxUsd, maxDays }) =>
        [
          models?.join(', '),
          maxUsd === null ? null : usd(maxUsd),
          maxDays === null ? null : `${count(maxDays)} days`,
        ]
          .filter(Boolean)
          .join(', ') || <span className="muted">no bound</span>,
    },
    { id: 'by', header: 'With the rights of', cell: ({ createdBy }) => nameOf(createdBy) },
  ]
  const can = somewhere('approval-rule:update') || inOrganization('approval-rule:update')
  return (
    <Section
      title="Rules that approve by themselves"
      note="Within bounds, with what their author may do at that moment; never what reaches production."
      actions={
        <ActButton variant="default" can={can} onClick={() => setAddress({ new: 'rule' }, false)}>
          Add a rule
        </ActButton>
      }
    >
      <Region of={list} rows={3}>
        {() =>
          rows.length === 0 ? (
            <Empty title="Each request waits for a person">
              <p>A rule answers small things at once: a model for a week, 20 USD more.</p>
              <code>
                claviger approval-rule create --name "Small raises" --kind budget --max-usd 20 --max-days 7
              </code>
            </Empty>
          ) : (
            <DataTable
              label="Rules that approve by themselves"
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              more={moreOf(list)}
              actions={(rule) => (
                <ActButton variant="subtle" size="compact-sm" can={can} onClick={() => setEnding(rule)}>
                  Delete
                </ActButton>
              )}
            />
          )
        }
      </Region>
      <CreateRule />
      {ending && <DeleteRule rule={ending} onClose={() => setEnding(null)} />}
    </Section>
  )
}

type Kind = (typeof RULED_KINDS)[number]

function CreateRule() {
  const [address, setAddress] = useAddress()
  const act = useAct(approvalRuleCreate)
  const teams = useQuery(allOf(teamList, { query: {} })).data ?? []
  const projects = useQuery(allOf(projectList, { query: {} })).data ?? []
  const [name, setName] = useState('')
  const [kind, setKind] = useState<Kind>('model')
  const [where, setWhere] = useState<string | null>(null)
  const [models, setModels] = useState<string[]>([])
  const [maxUsd, setMaxUsd] = useState('')
  const [maxDays, setMaxDays] = useState<number | null>(7)
  const close = () => {
    act.reset()
    setAddress({ new: undefined })
  }
  const place = where === null ? {} : where.startsWith('team_') ? { teamId: where } : { projectId: where }
  const body = {
    name,
    kind,
    ...place,
    ...(kind === 'model' ? { models } : {}),
    ...(kind === 'budget' ? { maxUsd } : {}),
    ...(maxDays === null ? {} : { maxDays }),
  }
  const submit = () =>
    act.mutate(
      { input: { body } },
      {
        onSuccess: () => {
          toast('From now on it approves what is within its bounds.')
          close()
        },
      },
    )
  return (
    <FormPanel
      opened={address.new === 'rule'}
      onClose={close}
      title="Add a rule"
      act="Add the rule"
      pending={act.isPending}
      error={act.error}
      disabled={kind === 'model' && models.length === 0}
      onSubmit={submit}
    >
      <div>It acts with what you may do yourself at that moment, and never about your own requests.</div>
      <TextInput
        label="Name"
        description="Those who ask read it."
        required
        maxLength={120}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Select
        label="It approves requests for"
        allowDeselect={false}
        data={RULED_KINDS.map((value) => ({ value, label: ASKS_FOR[value] }))}
        value={kind}
        onChange={(next) => setKind(RULED_KINDS.find((one) => one === next) ?? 'model')}
      />
      <Select
        label="Where"
        placeholder="In the whole organization"
        clearable
        searchable
        limit={100}
        data={[
          { group: 'Teams', items: teams.map(({ id, name }) => ({ value: id, label: name })) },
          { group: 'Projects', items: projects.map(({ id, name }) => ({ value: id, label: name })) },
        ]}
        value={where}
        onChange={setWhere}
      />
      {kind === 'model' && (
        <TagsInput
          label="At most these models"
          description="A * stands for any run of characters: claude-*"
          required
          maxTags={50}
          value={models}
          onChange={setModels}
        />
      )}
      {kind === 'budget' && (
        <TextInput
          label="At most so much more, in USD"
          required
          inputMode="decimal"
          value={maxUsd}
          onChange={({ currentTarget }) => setMaxUsd(currentTarget.value.trim())}
        />
      )}
      <NumberInput
        label="Only what ends after at most so many days"
        description="Empty: also what has no end, where that may be asked for."
        min={1}
        max={366}
        value={maxDays ?? ''}
        onChange={(value) => setMaxDays(value === '' ? null : Number(value))}
      />
    </FormPanel>
  )
}

function DeleteRule({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const act = useAct(approvalRuleDelete)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${rule.name}?`}
      act="Delete it"
      danger
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { approvalRuleId: rule.id } } },
          {
            onSuccess: () => {
              toast('Deleted. What it approved stays.')
              onClose()
            },
          },
        )
      }
    >
      What it approved stays. Such requests wait for a person from now on.
    </ConfirmDialog>
  )
}
