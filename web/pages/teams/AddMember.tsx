import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { grantCreate } from '../../../src/contract/grants.ts'
import { invitationCreate } from '../../../src/contract/invitations.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { Choice } from './Choice.tsx'
import { LinkDialog } from './LinkDialog.tsx'
import { PersonPicker } from './PersonPicker.tsx'
import { PlacePicker } from './PlacePicker.tsx'
import { bodyOf, levelOf, type Where } from './places.ts'
import { endOfDay, NO_ROLE, RoleFields } from './RoleFields.tsx'

type Props = {
  opened: boolean
  onClose: () => void
  title: string
  where: Where
  /** Whose role it is, when the page is about one person; then the place is chosen. */
  userId?: string
}

/** Gives somebody a role: a person who is here, or one who is asked in by e-mail. */
export function AddMember({ opened, onClose, title, where: first, userId }: Props) {
  const [how, setHow] = useState<'here' | 'invite'>('here')
  const [where, setWhere] = useState(first)
  const [person, setPerson] = useState<string | null>(null)
  const [email, setEmail] = useState('')
  const [given, setGiven] = useState(NO_ROLE)
  const [link, setLink] = useState<string | null>(null)
  const grant = useAct(grantCreate)
  const invite = useAct(invitationCreate)
  const acting = how === 'here' ? grant : invite
  const who = userId ?? person

  const close = () => {
    setPerson(null)
    setEmail('')
    setGiven(NO_ROLE)
    grant.reset()
    invite.reset()
    onClose()
  }
  const submit = () => {
    const { role, production, until } = given
    if (role === null) return
    const end = endOfDay(until)
    if (how === 'here') {
      if (who === null) return
      const body = { userId: who, role, production, ...bodyOf(where), ...(end ? { expiresAt: end } : {}) }
      grant.mutate(
        { input: { body } },
        {
          onSuccess: ({ user }) => {
            toast(`${user?.name ?? 'They'} may start at once.`)
            close()
          },
        },
      )
      return
    }
    const body = { email, role, production, ...bodyOf(where), ...(end ? { grantExpiresAt: end } : {}) }
    invite.mutate(
      { input: { body } },
      {
        onSuccess: (sent) => {
          setLink(sent.link)
          toast(sent.link === null ? `An invitation is on its way to ${email}.` : 'The invitation is ready.')
          close()
        },
      },
    )
  }
  return (
    <>
      <FormPanel
        opened={opened}
        onClose={close}
        title={title}
        act={how === 'here' ? 'Give the role' : 'Invite'}
        pending={acting.isPending}
        error={acting.error}
        disabled={given.role === null || (how === 'here' ? who === null : email === '')}
        onSubmit={submit}
      >
        {userId === undefined && (
          <Choice
            label="Whom to add"
            fullWidth
            value={how}
            onChange={setHow}
            options={[
              { value: 'here', label: 'Somebody who is here' },
              { value: 'invite', label: 'Invite by e-mail' },
            ]}
          />
        )}
        {userId !== undefined && <PlacePicker label="Where" value={where} onChange={setWhere} />}
        {userId === undefined && how === 'here' && (
          <PersonPicker label="Person" required value={person} onChange={setPerson} />
        )}
        {how === 'invite' && (
          <TextInput
            type="email"
            label="E-mail address"
            required
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        )}
        <RoleFields level={levelOf(where)} value={given} onChange={setGiven} />
      </FormPanel>
      <LinkDialog link={link} title="Hand over this invitation" onClose={() => setLink(null)}>
        No mail is sent from here, so give this link to them yourself, on a channel that you trust. Whoever
        has it can accept.
      </LinkDialog>
    </>
  )
}
