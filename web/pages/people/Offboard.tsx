import { Button, Drawer, Group, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { userOffboard, userReach } from '../../../src/contract/offboarding.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { userView } from '../../../src/contract/users.ts'
import { q, useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { Problem, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { PersonPicker } from '../teams/PersonPicker.tsx'
import { OffboardPreview } from './OffboardPreview.tsx'

type User = Output<typeof userView>
type Done = Output<typeof userOffboard>

/** Ends all that a person holds, in one step, after a look at what that is. */
export function Offboard({ user, onClose }: { user: User; onClose: () => void }) {
  const [done, setDone] = useState<Done | null>(null)
  return (
    <Drawer
      opened
      onClose={onClose}
      title={done ? `${user.name} is offboarded` : `Offboard ${user.name}`}
      position="right"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {done ? (
        <Ended done={done} onClose={onClose} />
      ) : (
        <Ask user={user} onClose={onClose} onDone={setDone} />
      )}
    </Drawer>
  )
}

function Ask({ user, onClose, onDone }: { user: User; onClose: () => void; onDone: (done: Done) => void }) {
  const reach = useQuery(q(userReach, { params: { userId: user.id } }))
  const [successorId, setSuccessor] = useState<string | null>(null)
  const [keys, setKeys] = useState<'revoke' | 'transfer'>('revoke')
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const offboard = useAct(userOffboard)
  const programs = reach.data?.serviceAccounts.length ?? 0
  const needed = keys === 'transfer'
  const ready = reason.trim() !== '' && typed === user.name && (!needed || successorId !== null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    const successor = successorId === null ? {} : { successorId }
    offboard.mutate(
      { input: { params: { userId: user.id }, body: { keys, reason: reason.trim(), ...successor } } },
      {
        onSuccess: (done) => {
          toast(`${user.name} holds nothing any more.`)
          onDone(done)
        },
      },
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Region of={reach}>{(reach) => <OffboardPreview reach={reach} keys={keys} />}</Region>
        <Radio.Group
          label="Their own keys"
          value={keys}
          // One of the two below.
          onChange={(value) => setKeys(value as 'revoke' | 'transfer')}
        >
          <Stack gap={4} mt={4}>
            <Radio value="revoke" label="are revoked, for good" />
            <Radio
              value="transfer"
              label="go on working for the successor"
              description="Whoever leaves may know their secrets: rotate them soon."
            />
          </Stack>
        </Radio.Group>
        <PersonPicker
          label="Successor"
          description={
            needed || programs > 0
              ? 'Who gets what passes on. Without one, nobody answers for their programs.'
              : 'Not needed: there is nothing to hand on.'
          }
          required={needed}
          value={successorId}
          onChange={setSuccessor}
          without={[user.id]}
        />
        <Textarea
          label="Reason"
          description="It is kept in the audit log."
          required
          autosize
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label={`Type ${user.name} to go on`}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Problem error={offboard.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={!ready} loading={offboard.isPending}>
            Offboard
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** What was ended, and what remains to be done by hand. */
function Ended({ done, onClose }: { done: Done; onClose: () => void }) {
  const { reach, revokedKeyIds, transferredKeyIds, serviceAccountIds } = done
  const nameOf = new Map(reach.keys.map(({ id, name }) => [id, name]))
  const known = reach.credentials.filter(({ rotate }) => rotate)
  return (
    <Stack gap="md">
      <div>
        Their roles, sessions and API tokens have ended. Keys that were revoked: {revokedKeyIds.length}.
        Programs that passed on: {serviceAccountIds.length}.
      </div>
      {transferredKeyIds.length > 0 && (
        <div>
          <strong>Rotate these keys: whoever left may know their secrets.</strong>
          <ul>
            {transferredKeyIds.map((keyId) => (
              <li key={keyId}>
                <To to="/keys/$keyId" params={{ keyId }}>
                  {nameOf.get(keyId) ?? keyId}
                </To>
              </li>
            ))}
          </ul>
        </div>
      )}
      {known.length > 0 && (
        <div>
          <strong>Replace these provider credentials: they may know their secrets.</strong>
          <ul>
            {known.map(({ id, name, providerName }) => (
              <li key={id}>
                {providerName}/{name}
              </li>
            ))}
          </ul>
          <To to="/providers">Providers</To>
        </div>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  )
}
