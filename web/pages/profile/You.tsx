import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { emailChange, profileUpdate, type profileView } from '../../../src/contract/profile.ts'
import { useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { fieldErrors } from '../../forms/field-errors.ts'
import { FormPanel } from '../../forms/panels.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { Section } from '../../ui/Page.tsx'
import type { Verdict } from '../../viewer.ts'
import { nameOf } from '../teams/NameForm.tsx'
import { Row, Rows } from './Row.tsx'

/** Who they are to others. */
export function You({ user, canChangeEmail }: { user: User; canChangeEmail: Verdict }) {
  const [open, setOpen] = useState<'name' | 'email' | null>(null)
  const close = () => setOpen(null)
  return (
    <Section title="You">
      <Rows>
        <Row
          title="Name"
          actions={
            <Button variant="default" size="compact-md" onClick={() => setOpen('name')}>
              Change name
            </Button>
          }
        >
          {user.name}
        </Row>
        <Row
          title="E-mail"
          actions={
            <ActButton
              variant="default"
              size="compact-md"
              can={canChangeEmail}
              onClick={() => setOpen('email')}
            >
              Change address
            </ActButton>
          }
        >
          {user.email}
        </Row>
      </Rows>
      {open === 'name' && (
        <AsOpened now={user} fields={nameOf} labels={LABELS}>
          {(form) => <ChangeName form={form} onClose={close} />}
        </AsOpened>
      )}
      {open === 'email' && <ChangeEmail onClose={close} />}
    </Section>
  )
}

type User = Output<typeof profileView>['user']

const LABELS = { name: 'Your name' }

function ChangeName({ form, onClose }: { form: Draft<User, { name: string }>; onClose: () => void }) {
  const { name } = form.fields
  const update = useAct(profileUpdate)
  const { at, other } = fieldErrors(update.error, ['name'])
  const done = () => {
    toast('Your name is changed.')
    onClose()
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Change your name"
      act="Save name"
      pending={update.isPending}
      error={other}
      disabled={!form.changed}
      onSubmit={() =>
        update.mutate(
          { input: { body: { name: name.trim() } }, ifMatch: form.thing.version },
          { onSuccess: done },
        )
      }
    >
      <TextInput
        label={LABELS.name}
        required
        maxLength={120}
        autoComplete="name"
        value={name}
        error={at('name')}
        onChange={(event) => form.set({ name: event.currentTarget.value })}
      />
    </FormPanel>
  )
}

function ChangeEmail({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('')
  const change = useAct(emailChange)
  const { at, other } = fieldErrors(change.error, ['email'])
  const done = () => {
    toast(`A link is on its way to ${email.trim()}. Open it in this browser.`)
    onClose()
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Change your address"
      act="Send the link"
      pending={change.isPending}
      error={other}
      onSubmit={() => change.mutate({ input: { body: { email: email.trim() } } }, { onSuccess: done })}
    >
      <div>
        A link goes to the new address. You sign in with it once you opened that link in this browser. The old
        address is told, and can stop it for seven days.
      </div>
      <TextInput
        label="New e-mail address"
        type="email"
        required
        autoComplete="email"
        value={email}
        error={at('email')}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
