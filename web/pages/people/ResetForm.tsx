import { Checkbox } from '@mantine/core'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { userReset, type userView } from '../../../src/contract/users.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { LinkDialog } from '../teams/LinkDialog.tsx'

/** Lets somebody back in who lost their password or their phone. */
export function ResetForm({ user, onClose }: { user: Output<typeof userView>; onClose: () => void }) {
  const [password, setPassword] = useState(false)
  const [mfa, setMfa] = useState(false)
  const [link, setLink] = useState<string | null>(null)
  const reset = useAct(userReset)
  const submit = () =>
    reset.mutate(
      { input: { params: { userId: user.id }, body: { password, mfa } } },
      {
        onSuccess: (answer) => {
          if (answer.link !== null) return setLink(answer.link)
          toast(password ? `A link is on its way to ${user.email}.` : 'Their second factors are removed.')
          onClose()
        },
      },
    )
  return (
    <>
      <FormPanel
        opened={link === null}
        onClose={onClose}
        title={`Let ${user.name} back in`}
        act="Reset"
        pending={reset.isPending}
        error={reset.error}
        disabled={!password && !mfa}
        onSubmit={submit}
      >
        <div>
          Their sessions end. Make sure that it is really they who ask: somebody who pretends to be them would
          get all that they may.
        </div>
        <Checkbox
          label="Their password"
          description="They get a link to choose a new one."
          checked={password}
          onChange={(event) => setPassword(event.currentTarget.checked)}
        />
        <Checkbox
          label="Their second factor"
          description="Their authenticator app, passkeys and recovery codes are removed."
          checked={mfa}
          onChange={(event) => setMfa(event.currentTarget.checked)}
        />
      </FormPanel>
      <LinkDialog link={link} title={`Hand this link to ${user.name}`} onClose={onClose}>
        No mail is sent from here, so give it to them yourself, on a channel that you trust. Whoever has it
        chooses the password.
      </LinkDialog>
    </>
  )
}
