import { Box } from '@mantine/core'
import { useState } from 'react'
import { AsOpened } from '../../as-opened.tsx'
import { count } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Problem } from '../../ui/Region.tsx'
import type { Verdict } from '../../viewer.ts'
import { NAME_LABELS, NameForm, nameOf } from './NameForm.tsx'
import classes from './teams.module.css'

type Props = {
  what: 'team' | 'project' | 'environment'
  name: string
  version: number
  archived: boolean
  can: Verdict
  /** What its keys did in the last seven days; not given while that is not known. */
  impact: { calls: number; keys: number } | undefined
  pending: boolean
  error: unknown
  /** Forgets how the last act ended. */
  reset: () => void
  onRename: (name: string, version: number, done: () => void) => void
  onArchive: (archived: boolean, done: () => void) => void
}

/** What a place is called, and its end. */
export function PlaceSettings({
  what,
  name,
  version,
  archived,
  can,
  impact,
  reset,
  onRename,
  onArchive,
  ...acting
}: Props) {
  const [open, setOpen] = useState<'rename' | 'archive' | null>(null)
  // Each form begins without the error of another one, or of its own last time.
  const show = (form: typeof open) => {
    reset()
    setOpen(form)
  }
  const done = (text: string) => () => {
    toast(text)
    show(null)
  }
  return (
    <>
      <Section title="Name">
        <Card className={classes.budgetHead ?? ''}>
          <strong>{name}</strong>
          <ActButton variant="default" can={can} onClick={() => show('rename')}>
            Rename
          </ActButton>
        </Card>
      </Section>
      <Section title={archived ? 'Take it back into use' : 'Archive'}>
        <Card className={classes.budgetHead ?? ''}>
          <span>
            {archived
              ? `The keys of this ${what} are refused. Back in use, those that are active work again.`
              : `All keys of an archived ${what} are refused at once. Nothing is deleted, and it can be taken back into use.`}
          </span>
          {archived ? (
            <ActButton
              variant="default"
              can={can}
              loading={acting.pending}
              onClick={() => onArchive(false, done(`The ${what} is in use again.`))}
            >
              Take into use
            </ActButton>
          ) : (
            <ActButton variant="default" can={can} onClick={() => show('archive')}>
              Archive the {what}
            </ActButton>
          )}
        </Card>
        {open === null && acting.error !== null && (
          <Box mt="sm">
            <Problem error={acting.error} />
          </Box>
        )}
      </Section>
      {open === 'rename' && (
        <AsOpened now={{ name, version }} fields={nameOf} labels={NAME_LABELS}>
          {(form) => (
            <NameForm
              form={form}
              onClose={() => show(null)}
              title={`Rename the ${what}`}
              act="Save"
              {...acting}
              onSubmit={(next) => onRename(next, form.thing.version, done('It is renamed.'))}
            />
          )}
        </AsOpened>
      )}
      <ConfirmDialog
        opened={open === 'archive'}
        onClose={() => show(null)}
        title={`Archive ${name}?`}
        act={`Archive the ${what}`}
        danger
        {...(impact !== undefined && impact.calls === 0 ? {} : { typed: name })}
        {...acting}
        onConfirm={() => onArchive(true, done(`${name} is archived.`))}
      >
        {impactOf(impact)} All of its keys are refused from then on, within two seconds. You can take it back
        into use.
      </ConfirmDialog>
    </>
  )
}

function impactOf(impact: Props['impact']): string {
  if (impact === undefined) return ''
  if (impact.calls === 0) return 'None of its keys called in the last seven days.'
  const keys = impact.keys === 1 ? 'one key' : `${count(impact.keys)} keys`
  return `In the last seven days it made ${count(impact.calls)} calls with ${keys}.`
}
