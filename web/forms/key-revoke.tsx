import { Radio, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { keyRevoke, keyRotate } from '../../src/contract/keys.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { q, useAct } from '../api.ts'
import { count } from '../format.ts'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { Time } from '../ui/Time.tsx'

const WEEK_MS = 604_800_000

type Props = { of: Key; opened: boolean; onClose: () => void }

/** Stops a key for good. Of one that is in use, its name has to be typed. */
export function KeyRevoke({ of: key, opened, onClose }: Props) {
  const revoke = useAct(keyRevoke)
  const inUse = key.lastUsedAt !== null && Date.now() - Date.parse(key.lastUsedAt) < WEEK_MS
  const close = () => {
    revoke.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={`Revoke ${key.name}?`}
      act="Revoke"
      danger
      reason="optional"
      {...(inUse ? { typed: key.name } : {})}
      pending={revoke.isPending}
      error={revoke.error}
      onConfirm={(reason) =>
        revoke.mutate(
          { input: { params: { keyId: key.id }, body: reason === '' ? {} : { reason } } },
          {
            onSuccess: () => {
              toast(`${key.name} is revoked.`)
              close()
            },
          },
        )
      }
    >
      <Stack gap="xs">
        <div>It stops for good, within two seconds, and cannot be brought back. Its history stays.</div>
        <Impact of={key} asked={opened} />
      </Stack>
    </ConfirmDialog>
  )
}

/** What stops with it. */
function Impact({ of: key, asked }: { of: Key; asked: boolean }) {
  const query = { keyId: key.id, from: '-24h', by: 'key' }
  const { data } = useQuery({ ...q(usageReport, { query }), enabled: asked })
  if (key.lastUsedAt === null) return <div>It was never used.</div>
  return (
    <div>
      {data && (
        <>
          <strong>{count(data.total.calls)}</strong> {data.total.calls === 1 ? 'call' : 'calls'} in the last
          24 hours.{' '}
        </>
      )}
      Last used <Time at={key.lastUsedAt} />.
    </div>
  )
}

/** For the moment in which a secret is in the wrong hands: one question, and it is over. */
export function KeyLeaked({
  onSecret,
  of: key,
  opened,
  onClose,
}: Props & { onSecret: (made: { name: string; secret: string }) => void }) {
  const [way, setWay] = useState('rotate')
  const rotate = useAct(keyRotate)
  const revoke = useAct(keyRevoke)
  const params = { keyId: key.id }
  const close = () => {
    rotate.reset()
    revoke.reset()
    onClose()
  }
  const confirm = () => {
    if (way === 'revoke') {
      revoke.mutate(
        { input: { params, body: { reason: 'It leaked.' } } },
        {
          onSuccess: () => {
            toast(`${key.name} is revoked.`)
            close()
          },
        },
      )
      return
    }
    rotate.mutate(
      { input: { params, body: { graceSeconds: 0 } } },
      {
        onSuccess: ({ secret }) => {
          onSecret({ name: key.name, secret })
          rotate.reset()
        },
      },
    )
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={`${key.name} leaked`}
      act={way === 'revoke' ? 'Revoke it now' : 'End the old secrets now'}
      danger
      pending={rotate.isPending || revoke.isPending}
      error={rotate.error ?? revoke.error}
      onConfirm={confirm}
    >
      <Radio.Group label="What should happen now" value={way} onChange={setWay}>
        <Stack gap="xs" mt="xs">
          <Radio
            value="rotate"
            label="Give it a new secret, and end every older one"
            description="Whoever uses the key needs the new secret at once."
          />
          <Radio value="revoke" label="Revoke it for good" description="Nobody uses this key again." />
        </Stack>
      </Radio.Group>
    </ConfirmDialog>
  )
}
