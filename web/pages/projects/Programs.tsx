import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { keyList } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { projectView } from '../../../src/contract/projects.ts'
import {
  serviceAccountCreate,
  serviceAccountList,
  serviceAccountUpdate,
} from '../../../src/contract/service-accounts.ts'
import { pages, q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { count } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import { Command } from '../teams/Command.tsx'
import teams from '../teams/teams.module.css'
import {
  NewProgramForm,
  PROGRAM_LABELS,
  type ProgramFields,
  ProgramForm,
  programFieldsOf,
} from './ProgramForm.tsx'

export type Program = Output<typeof serviceAccountList>['data'][number]

/** The service accounts of a project: programs that own keys, each with a person who answers for it. */
export function Programs({ project }: { project: Output<typeof projectView> }) {
  const list = useInfiniteQuery(pages(serviceAccountList, { query: { projectId: project.id, limit: 50 } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(rows.map(({ ownerUserId }) => ownerUserId))
  const can = useCan([
    { type: 'project', id: project.id },
    ...rows.map(({ id }) => ({ type: 'service_account' as const, id })),
  ])
  const [form, setForm] = useState<{ program: Program | null } | null>(null)
  const [ending, setEnding] = useState<Program | null>(null)
  const create = useAct(serviceAccountCreate)
  const update = useAct(serviceAccountUpdate)
  const mayCreate = can('service-account:create', project.id)
  const add = () => setForm({ program: null })
  const close = () => {
    create.reset()
    update.reset()
    setForm(null)
  }
  const done = (text: string) => ({
    onSuccess: () => {
      toast(text)
      close()
    },
  })
  const save = ({ thing: { id, version }, only }: Draft<Program, ProgramFields>, fields: ProgramFields) =>
    update.mutate(
      { input: { params: { serviceAccountId: id }, body: only(fields) }, ifMatch: version },
      done(`${fields.name} is saved.`),
    )
  const make = ({ name, ownerUserId }: ProgramFields) => {
    const owner = ownerUserId === null ? {} : { ownerUserId }
    create.mutate(
      { input: { body: { projectId: project.id, name, ...owner } } },
      done(`${name} is there. Give it a key next.`),
    )
  }
  const changed = rows.find(({ id }) => id === form?.program?.id)
  return (
    <Section
      title="Programs"
      note="A program owns keys of its own (a service account), so that they outlive the person who made them."
      actions={
        <ActButton variant="default" can={mayCreate} onClick={add}>
          New program
        </ActButton>
      }
    >
      <Region of={list}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No programs yet">
              <p>What runs by itself, such as a nightly batch, gets keys of its own.</p>
              <ActButton variant="default" can={mayCreate} onClick={add}>
                New program
              </ActButton>
              <Command>{`claviger service-account create --project ${project.id} --name nightly-batch`}</Command>
            </Empty>
          ) : (
            <DataTable
              label={`Programs of ${project.name}`}
              rows={rows}
              rowId={({ id }) => id}
              columns={[
                {
                  id: 'name',
                  header: 'Program',
                  title: true,
                  cell: ({ id, name }) => (
                    <To to="/keys" search={{ owner: id }}>
                      {name}
                    </To>
                  ),
                  sort: ({ name }) => name.toLowerCase(),
                },
                {
                  id: 'owner',
                  header: 'Who answers for it',
                  cell: ({ ownerUserId }) =>
                    ownerUserId === null ? (
                      <Status tone="warn">nobody</Status>
                    ) : (
                      <To to="/people/$userId" params={{ userId: ownerUserId }}>
                        {nameOf(ownerUserId)}
                      </To>
                    ),
                },
                {
                  id: 'state',
                  header: 'State',
                  cell: ({ deactivatedAt }) =>
                    deactivatedAt === null ? (
                      <Status tone="good">in use</Status>
                    ) : (
                      <Status tone="quiet">deactivated</Status>
                    ),
                },
                { id: 'since', header: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]}
              actions={(program) => {
                const verdict = can('service-account:update', program.id)
                return (
                  <span className={teams.rowActs}>
                    <ActButton
                      size="compact-sm"
                      variant="default"
                      can={verdict}
                      onClick={() => setForm({ program })}
                    >
                      Change<span className="unseen"> {program.name}</span>
                    </ActButton>
                    {program.deactivatedAt === null ? (
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        can={verdict}
                        onClick={() => {
                          update.reset()
                          setEnding(program)
                        }}
                      >
                        Deactivate<span className="unseen"> {program.name}</span>
                      </ActButton>
                    ) : (
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        can={verdict}
                        onClick={() =>
                          update.mutate(
                            {
                              input: {
                                params: { serviceAccountId: program.id },
                                body: { deactivated: false },
                              },
                              ifMatch: program.version,
                            },
                            { onSuccess: () => toast(`${program.name} is in use again.`) },
                          )
                        }
                      >
                        Take into use<span className="unseen">: {program.name}</span>
                      </ActButton>
                    )}
                  </span>
                )
              }}
              more={moreOf(list)}
            />
          )
        }
      </Region>
      {changed && (
        <AsOpened now={changed} fields={programFieldsOf} labels={PROGRAM_LABELS}>
          {(form) => (
            <ProgramForm
              form={form}
              pending={update.isPending}
              error={update.error}
              onClose={close}
              onSave={(fields) => save(form, fields)}
            />
          )}
        </AsOpened>
      )}
      {form && !form.program && (
        <NewProgramForm pending={create.isPending} error={create.error} onClose={close} onSave={make} />
      )}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title={`Deactivate ${ending.name}?`}
          act="Deactivate"
          danger
          pending={update.isPending}
          error={update.error}
          onConfirm={() =>
            update.mutate(
              {
                input: { params: { serviceAccountId: ending.id }, body: { deactivated: true } },
                ifMatch: ending.version,
              },
              {
                onSuccess: () => {
                  toast(`${ending.name} is deactivated.`)
                  setEnding(null)
                },
              },
            )
          }
        >
          <KeysThatStop program={ending} /> You can take it into use again: its keys then work as before.
        </ConfirmDialog>
      )}
    </Section>
  )
}

function KeysThatStop({ program }: { program: Program }) {
  const keys = useQuery(q(keyList, { query: { serviceAccountId: program.id, state: 'active', limit: 200 } }))
  const number = keys.data?.data.length
  if (number === undefined) return 'Its keys stop working within two seconds.'
  if (number === 0) return 'It has no active key.'
  const more = keys.data?.nextCursor === null ? '' : 'more than '
  return number === 1
    ? 'Its active key stops working within two seconds.'
    : `Its ${more}${count(number)} active keys stop working within two seconds.`
}
