import { Group, NumberInput, Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import { keyDeliver } from '../../src/contract/key-deliveries.ts'
import { keyRotate } from '../../src/contract/keys.ts'
import { useAct } from '../api.ts'
import { hintOf, type Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { Time } from '../ui/Time.tsx'
import { useViewer } from '../viewer.ts'

const HOUR = 3600
const MOST_HOURS = 720

/** How long the old secret works on, in seconds. */
const GRACES = [
  { value: '0', label: 'No longer: it ends now' },
  { value: String(HOUR), label: '1 hour' },
  { value: String(24 * HOUR), label: '24 hours' },
  { value: String(168 * HOUR), label: '7 days' },
  { value: 'custom', label: 'Another time' },
]

/** Gives a key a new secret, which the viewer gets, or its owner alone. */
export function KeyRotate({
  of: key,
  opened,
  onClose,
  onSecret,
}: {
  of: Key
  opened: boolean
  onClose: () => void
  onSecret: (made: { name: string; secret: string }) => void
}) {
  const { user } = useViewer()
  const ofAnother = key.userId !== null && key.userId !== user?.id
  const [grace, setGrace] = useState(String(24 * HOUR))
  const [hours, setHours] = useState<number | string>(48)
  const [receiver, setReceiver] = useState(ofAnother ? 'owner' : 'me')
  const rotate = useAct(keyRotate)
  const deliver = useAct(keyDeliver)
  const graceSeconds = Math.round(grace === 'custom' ? Number(hours) * HOUR : Number(grace))
  const close = () => {
    rotate.reset()
    deliver.reset()
    onClose()
  }
  const confirm = () => {
    const input = { params: { keyId: key.id }, body: { graceSeconds } }
    if (receiver === 'owner') {
      deliver.mutate(
        { input },
        {
          onSuccess: () => {
            toast('The owner was told. The new secret is made when they open it.')
            close()
          },
        },
      )
      return
    }
    rotate.mutate(
      { input },
      {
        onSuccess: ({ secret }) => {
          onSecret({ name: key.name, secret })
          rotate.reset()
        },
      },
    )
  }
  const old = key.secrets[0]
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={`Rotate ${key.name}?`}
      act={receiver === 'owner' ? 'Let its owner open it' : 'Rotate'}
      pending={rotate.isPending || deliver.isPending}
      error={rotate.error ?? deliver.error}
      onConfirm={confirm}
    >
      <Stack gap="md">
        <div>
          The key keeps its name, limits and history, and gets a new secret. The present one,{' '}
          <code>{hintOf(key)}</code>,{' '}
          {old?.lastUsedAt ? (
            <>
              was last used <Time at={old.lastUsedAt} />.
            </>
          ) : (
            'was never used.'
          )}
        </div>
        {(ofAnother || key.serviceAccountId !== null) && (
          <Radio.Group label="Who gets the new secret" value={receiver} onChange={setReceiver}>
            <Stack gap="xs" mt="xs">
              <Radio
                value="owner"
                label={
                  ofAnother
                    ? 'Its owner, when they open it'
                    : 'Who answers for its program, when they open it'
                }
                description="Nobody else ever sees it."
              />
              <Radio value="me" label="You, now" />
            </Stack>
          </Radio.Group>
        )}
        <Radio.Group
          label={
            receiver === 'owner' ? 'Once it is opened, the old one works on for' : 'The old one works on for'
          }
          value={grace}
          onChange={setGrace}
        >
          <Stack gap="xs" mt="xs">
            {GRACES.map((choice) => (
              <Radio key={choice.value} {...choice} />
            ))}
          </Stack>
        </Radio.Group>
        {grace === 'custom' && (
          <Group>
            <NumberInput
              label="Hours"
              value={hours}
              onChange={setHours}
              min={1}
              max={MOST_HOURS}
              clampBehavior="strict"
              allowDecimal={false}
            />
          </Group>
        )}
      </Stack>
    </ConfirmDialog>
  )
}
