import { Button, Modal, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { call } from '../../src/contract/client.ts'
import { stepUpConfirm, stepUpCreate, stepUpView } from '../../src/contract/step-ups.ts'
import { CONFIRM, client, q } from '../api.ts'
import { subscribe, type Waiting, whatWaits } from '../confirm-in-person.ts'
import { askForPasskey } from '../passkeys.ts'
import { Problem, Region } from './Region.tsx'

const POLL_MS = 2000

/** Asks for the person behind a sensitive request: their passkey, a code, or their password. See `Confirmation`. */
export default function ConfirmInPerson() {
  const waiting = useSyncExternalStore(subscribe, whatWaits)
  return (
    <Modal
      opened={waiting !== null}
      onClose={() => waiting?.cancel()}
      title="Confirm that it is you"
      centered
      zIndex={400}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {waiting && <Ask key={waiting.requestHash} waiting={waiting} />}
    </Modal>
  )
}

function Ask({ waiting }: { waiting: Waiting }) {
  const { operation, requestHash } = waiting
  const asked = useQuery({
    queryKey: [CONFIRM, requestHash],
    queryFn: () => call(client, stepUpCreate, { body: { operation: operation.name, requestHash } }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return (
    <Stack gap="md">
      <div>{operation.summary.split('. ')[0]}. This is asked once for each such change.</div>
      <Region of={asked} rows={2}>
        {(stepUp) => <Ways stepUp={stepUp} waiting={waiting} />}
      </Region>
    </Stack>
  )
}

type StepUp = { id: string; methods: string[]; passkeyOptions: Record<string, unknown> | null; url: string }
type Proof = { passkey?: Awaited<ReturnType<typeof askForPasskey>>; code?: string; password?: string }

function Ways({ stepUp, waiting }: { stepUp: StepUp; waiting: Waiting }) {
  const { id, methods, passkeyOptions } = stepUp
  const prove = useMutation({
    mutationFn: async (proof: Proof) => {
      await call(client, stepUpConfirm, { params: { stepUpId: id }, body: proof })
      return id
    },
    // A password or a code: it is forgotten with the question.
    gcTime: 0,
    // Whatever succeeds has all on the screen asked again, this question too: the one that was answered goes on.
    onSuccess: waiting.done,
  })
  const passkey = useMutation({
    gcTime: 0,
    mutationFn: async () => prove.mutateAsync({ passkey: await askForPasskey(passkeyOptions ?? {}) }),
  })
  const ways = useRef<HTMLDivElement>(null)
  // They are there only after the dialog has opened, and has given the focus to what it had.
  useEffect(() => ways.current?.querySelector<HTMLElement>('input, button')?.focus(), [])
  if (methods.length === 0) return <Elsewhere stepUp={stepUp} waiting={waiting} />
  const byCode = methods.includes('otp') || methods.includes('recovery')
  return (
    <Stack gap="md" ref={ways}>
      {methods.includes('passkey') && passkeyOptions && (
        <Button
          leftSection={<Fingerprint size={16} aria-hidden />}
          loading={passkey.isPending}
          onClick={() => passkey.mutate()}
        >
          Use your passkey
        </Button>
      )}
      {byCode && (
        <One
          label="Code of your authenticator app, or a recovery code"
          send={(code) => prove.mutate({ code })}
          pending={prove.isPending}
        />
      )}
      {methods.includes('pwd') && (
        <One
          label="Your password"
          secret
          send={(password) => prove.mutate({ password })}
          pending={prove.isPending}
        />
      )}
      <Problem error={prove.error ?? passkey.error} />
    </Stack>
  )
}

function One({
  label,
  secret = false,
  send,
  pending,
}: {
  label: string
  secret?: boolean
  send: (text: string) => void
  pending: boolean
}) {
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send(text)
  }
  const field = {
    label,
    value: text,
    required: true,
    onChange: (event: { currentTarget: { value: string } }) => setText(event.currentTarget.value),
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {secret ? (
          <PasswordInput {...field} autoComplete="current-password" />
        ) : (
          <TextInput {...field} autoComplete="one-time-code" />
        )}
        <Button type="submit" loading={pending}>
          Confirm
        </Button>
      </Stack>
    </form>
  )
}

/** Who signs in at a provider confirms there, in a window of its own. */
function Elsewhere({ stepUp, waiting }: { stepUp: StepUp; waiting: Waiting }) {
  const { data } = useQuery({
    ...q(stepUpView, { params: { stepUpId: stepUp.id } }),
    refetchInterval: POLL_MS,
    staleTime: 0,
  })
  const confirmed = data?.confirmedAt !== null && data?.confirmedAt !== undefined
  useEffect(() => {
    if (confirmed) waiting.done(stepUp.id)
  }, [confirmed, waiting, stepUp.id])
  return (
    <Stack gap="sm">
      <Button component="a" href={stepUp.url} target="_blank" rel="noopener">
        Confirm at your identity provider
      </Button>
      <div className="muted" role="status">
        Waiting for it. This page goes on by itself.
      </div>
    </Stack>
  )
}
