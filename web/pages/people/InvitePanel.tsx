import { Button, Fieldset, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { invitationCreate } from '../../../src/contract/invitations.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { LinkDialog } from '../teams/LinkDialog.tsx'
import { PlacePicker } from '../teams/PlacePicker.tsx'
import { bodyOf, levelOf, ORGANIZATION, type Where } from '../teams/places.ts'
import { endOfDay, type GivenRole, NO_ROLE, RoleFields } from '../teams/RoleFields.tsx'

/** As many as one invitation takes. */
const MOST_ROLES = 10

type Offer = { key: number; where: Where; given: GivenRole }

/** Asks somebody in by e-mail, with a role at one place or at several. */
export function InvitePanel({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [offers, setOffers] = useState<Offer[]>([{ key: 0, where: ORGANIZATION, given: NO_ROLE }])
  const [link, setLink] = useState<string | null>(null)
  const invite = useAct(invitationCreate)
  const change = (key: number, part: Partial<Offer>) =>
    setOffers(offers.map((offer) => (offer.key === key ? { ...offer, ...part } : offer)))
  const submit = () => {
    const [first, ...others] = offers.flatMap(({ where, given: { role, production, until } }) =>
      role === null ? [] : [{ role, production, end: endOfDay(until), ...bodyOf(where) }],
    )
    if (first === undefined) return
    const { end, ...role } = first
    const more = others.map(({ end, ...role }) => ({ ...role, ...(end ? { expiresAt: end } : {}) }))
    const named = name.trim() === '' ? {} : { name: name.trim() }
    const body = { email, ...named, ...role, ...(end ? { grantExpiresAt: end } : {}), more }
    invite.mutate(
      { input: { body } },
      {
        onSuccess: (sent) => {
          toast(sent.link === null ? `An invitation is on its way to ${email}.` : 'The invitation is ready.')
          if (sent.link === null) onClose()
          else setLink(sent.link)
        },
      },
    )
  }
  return (
    <>
      <FormPanel
        opened={link === null}
        onClose={onClose}
        title="Invite somebody"
        act="Invite"
        pending={invite.isPending}
        error={invite.error}
        disabled={email === '' || offers.some(({ given }) => given.role === null)}
        onSubmit={submit}
      >
        <TextInput
          type="email"
          label="E-mail address"
          required
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <TextInput
          label="Name"
          description="They can change it when they accept."
          maxLength={120}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {offers.map(({ key, where, given }, index) => (
          <Fieldset key={key} legend={offers.length === 1 ? 'Their role' : `Role ${index + 1}`}>
            <Stack gap="md">
              <PlacePicker label="Where" value={where} onChange={(where) => change(key, { where })} />
              <RoleFields level={levelOf(where)} value={given} onChange={(given) => change(key, { given })} />
              {offers.length > 1 && (
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => setOffers(offers.filter((offer) => offer.key !== key))}
                >
                  Leave this role out
                </Button>
              )}
            </Stack>
          </Fieldset>
        ))}
        {offers.length < MOST_ROLES && (
          <Button
            variant="default"
            onClick={() =>
              setOffers([
                ...offers,
                { key: 1 + Math.max(...offers.map(({ key }) => key)), where: ORGANIZATION, given: NO_ROLE },
              ])
            }
          >
            Another role at another place
          </Button>
        )}
      </FormPanel>
      <LinkDialog link={link} title="Hand over this invitation" onClose={onClose}>
        No mail is sent from here, so give this link to them yourself, on a channel that you trust. Whoever
        has it can accept.
      </LinkDialog>
    </>
  )
}
