import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { Copy } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../../ui/announce.tsx'

type Props = {
  /** Null: closed. */
  link: string | null
  title: string
  /** Whom to hand it to, and what it does. */
  children: string
  onClose: () => void
}

/** A link that is shown once, since no mail is set up that could carry it. Only the button at its end closes it. */
export function LinkDialog({ link, title, children, onClose }: Props) {
  const [copied, setCopied] = useState(false)
  const [failed, setFailed] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link ?? '')
      announce('Copied.')
      setCopied(true)
      setFailed(false)
    } catch {
      setFailed(true)
    }
  }
  return (
    <Modal
      opened={link !== null}
      onClose={() => {}}
      title={title}
      centered
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack gap="md">
        <div>{children} It is not shown again.</div>
        <TextInput
          label="Link"
          readOnly
          value={link ?? ''}
          className="mono"
          onFocus={(event) => event.currentTarget.select()}
        />
        {failed && (
          <div role="alert">The browser did not allow copying. Select the link, and copy it by hand.</div>
        )}
        <Group justify="flex-end">
          <Button
            variant={copied ? 'default' : 'filled'}
            data-autofocus
            leftSection={<Copy size={16} aria-hidden />}
            onClick={copy}
          >
            {copied ? 'Copied' : 'Copy'}
          </Button>
          <Button
            variant={copied ? 'filled' : 'default'}
            onClick={() => {
              setCopied(false)
              onClose()
            }}
          >
            I have it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
