import { Button, Group, Modal, Stack } from '@mantine/core'
import { Check, Copy, Download } from 'lucide-react'
import { useState } from 'react'
import { saveFile } from '../../save-file.ts'
import { announce } from '../../ui/announce.tsx'
import classes from './profile.module.css'

/** Recovery codes, shown once: only the button at the end closes it. Null or none: closed. */
export function RecoveryCodes({ codes, onClose }: { codes: string[] | null; onClose: () => void }) {
  return (
    <Modal
      opened={codes !== null && codes.length > 0}
      onClose={() => {}}
      title="Keep these recovery codes"
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      {codes && <Shown codes={codes} onClose={onClose} />}
    </Modal>
  )
}

function Shown({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const [copied, setCopied] = useState(false)
  const text = codes.join('\n')
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        announce('Copied.')
        setCopied(true)
      },
      () => announce('The browser did not allow copying. Save them as a file.'),
    )
  return (
    <Stack gap="md">
      <div>
        Each opens your account once if your phone or passkey is gone. They are shown now only: keep them in a
        password manager, or print them.
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: no fieldset, it holds no fields. */}
      <div role="group" className={classes.codes} aria-label="Recovery codes">
        {codes.map((code) => (
          <div key={code}>{code}</div>
        ))}
      </div>
      <Group>
        <Button
          variant="default"
          data-autofocus
          leftSection={copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          onClick={copy}
        >
          Copy
        </Button>
        <Button
          variant="default"
          leftSection={<Download size={16} aria-hidden />}
          onClick={() => saveFile('claviger-recovery-codes.txt', new Blob([`${text}\n`]))}
        >
          Save as a file
        </Button>
      </Group>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have kept them</Button>
      </Group>
    </Stack>
  )
}
