import { Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { keyResume, keySuspend } from '../../src/contract/keys.ts'
import { useAct } from '../api.ts'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { Select } from '../ui/Select.tsx'

const HOUR_MS = 3_600_000
const UNTIL = [
  { value: 'resume', label: 'Until somebody resumes it' },
  { value: '1', label: 'For 1 hour' },
  { value: '24', label: 'For 24 hours' },
  { value: '168', label: 'For 7 days' },
  { value: 'custom', label: 'Until another time' },
]

type Props = { of: Key; opened: boolean; onClose: () => void }

/** Stops a key for now. */
export function KeySuspend({ of: key, opened, onClose }: Props) {
  const [until, setUntil] = useState('resume')
  const [moment, setMoment] = useState('')
  const suspend = useAct(keySuspend)
  const close = () => {
    suspend.reset()
    onClose()
  }
  const resumeAt =
    until === 'resume'
      ? null
      : until === 'custom'
        ? new Date(moment)
        : new Date(Date.now() + Number(until) * HOUR_MS)
  const confirm = (reason: string) => {
    const at = resumeAt && !Number.isNaN(resumeAt.getTime()) ? { resumeAt: resumeAt.toISOString() } : {}
    suspend.mutate(
      { input: { params: { keyId: key.id }, body: { reason, ...at } } },
      {
        onSuccess: () => {
          toast(`${key.name} is suspended.`)
          close()
        },
      },
    )
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={`Suspend ${key.name}?`}
      act="Suspend"
      reason="required"
      pending={suspend.isPending}
      error={suspend.error}
      onConfirm={confirm}
    >
      <Stack gap="md">
        <div>
          Its calls are refused within two seconds, those under way included. Nothing is lost: it works again
          with the same secret once it is resumed.
        </div>
        <Select
          label="How long"
          data={UNTIL}
          value={until}
          allowDeselect={false}
          onChange={(value) => setUntil(value ?? 'resume')}
        />
        {until === 'custom' && (
          <TextInput
            type="datetime-local"
            label="It works again from"
            description="In your time zone."
            required
            value={moment}
            onChange={(event) => setMoment(event.currentTarget.value)}
          />
        )}
      </Stack>
    </ConfirmDialog>
  )
}

export function KeyResume({ of: key, opened, onClose }: Props) {
  const resume = useAct(keyResume)
  const close = () => {
    resume.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={`Resume ${key.name}?`}
      act="Resume"
      pending={resume.isPending}
      error={resume.error}
      onConfirm={() =>
        resume.mutate(
          { input: { params: { keyId: key.id } } },
          {
            onSuccess: () => {
              toast(`${key.name} works again.`)
              close()
            },
          },
        )
      }
    >
      It works again at once, with the secret it had.
      {key.suspension && <> It was suspended for this reason: “{key.suspension.reason}”</>}
    </ConfirmDialog>
  )
}
