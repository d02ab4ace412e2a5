import { Button, PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { passwordChange } from '../../../src/contract/profile.ts'
import { MIN_CHARACTERS } from '../../../src/domain/password.ts'
import { useAct } from '../../api.ts'
import { fieldErrors } from '../../forms/field-errors.ts'
import { FormPanel } from '../../forms/panels.ts'
import { toast } from '../../ui/announce.tsx'
import { Row } from './Row.tsx'

export function PasswordRow({ has }: { has: boolean }) {
  const [opened, setOpened] = useState(false)
  return (
    <Row
      title="Password"
      actions={
        <Button variant="default" size="compact-md" onClick={() => setOpened(true)}>
          {has ? 'Change password' : 'Set a password'}
        </Button>
      }
    >
      {has ? 'Set' : 'You have none.'}
      {opened && <Change has={has} onClose={() => setOpened(false)} />}
    </Row>
  )
}

function Change({ has, onClose }: { has: boolean; onClose: () => void }) {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = useAct(passwordChange)
  const { at, other } = fieldErrors(change.error, ['current', 'password'])
  const submit = () =>
    change.mutate(
      { input: { body: { ...(has ? { current } : {}), password } } },
      {
        onSuccess: () => {
          toast('Your password is changed. Your other sessions have ended.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={has ? 'Change your password' : 'Set a password'}
      act={has ? 'Change password' : 'Set password'}
      pending={change.isPending}
      error={other}
      onSubmit={submit}
    >
      <div>It signs you out everywhere else.</div>
      {has && (
        <PasswordInput
          label="Present password"
          required
          autoComplete="current-password"
          value={current}
          error={at('current')}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
      )}
      <PasswordInput
        label="New password"
        description={`At least ${MIN_CHARACTERS} characters. A few words that belong together only for you are best.`}
        required
        autoComplete="new-password"
        value={password}
        error={at('password')}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
