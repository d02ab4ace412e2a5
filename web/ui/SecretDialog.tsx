import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { Check, Copy, Download, Eye, EyeOff } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { announce } from './announce.tsx'

/**
 * Shows a secret once. It lives in this component's memory and nowhere else: not in the address, a cache or the browser's
 * storage. Only the button at its end closes it, and the browser warns who leaves before it was saved.
 */
export function SecretDialog({
  secret,
  title,
  fileName,
  variable,
  onClose,
  kept = 'only a hash of it is kept',
  children,
}: {
  /** Null: closed. */
  secret: string | null
  title: string
  /** Of the file that is offered for download: `site-bot.env`. */
  fileName: string
  /** Its name as an environment variable: `CLAVIGER_API_KEY`. */
  variable: string
  onClose: () => void
  /** Why it cannot be seen again. */
  kept?: string
  /** What can be done with it at once, such as a test. */
  children?: ReactNode
}) {
  return (
    <Modal
      opened={secret !== null}
      onClose={() => {}}
      title={title}
      centered
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      {secret !== null && (
        <Shown secret={secret} fileName={fileName} variable={variable} kept={kept} onClose={onClose}>
          {children}
        </Shown>
      )}
    </Modal>
  )
}

type ShownProps = {
  secret: string
  fileName: string
  variable: string
  kept: string
  onClose: () => void
  children?: ReactNode
}

function Shown({ secret, fileName, variable, kept, onClose, children }: ShownProps) {
  const [revealed, setRevealed] = useState(false)
  const [saved, setSaved] = useState(false)
  const [asked, setAsked] = useState(false)
  const [failed, setFailed] = useState<Error | null>(null)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (saved) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [saved])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret)
      announce('Copied.')
      setSaved(true)
      setFailed(null)
    } catch {
      setRevealed(true)
      setFailed(new Error('clipboard'))
      field.current?.select()
    }
  }
  const download = () => {
    const file = URL.createObjectURL(new Blob([`${variable}=${secret}\n`], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = file
    link.download = fileName
    link.click()
    URL.revokeObjectURL(file)
    setSaved(true)
  }
  return (
    <Stack gap="md">
      <div>You cannot see it again: {kept}.</div>
      <TextInput
        ref={field}
        label="Secret"
        readOnly
        type={revealed ? 'text' : 'password'}
        autoComplete="off"
        value={secret}
        className="mono"
        onFocus={(event) => event.currentTarget.select()}
      />
      {failed && (
        <div role="alert">The browser did not allow copying. The secret is selected: copy it by hand.</div>
      )}
      <Group>
        <Button
          data-autofocus
          leftSection={saved ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          onClick={copy}
        >
          Copy
        </Button>
        <Button
          variant="default"
          leftSection={revealed ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
          aria-pressed={revealed}
          onClick={() => setRevealed(!revealed)}
        >
          {revealed ? 'Hide' : 'Reveal'}
        </Button>
        <Button variant="default" leftSection={<Download size={16} aria-hidden />} onClick={download}>
          Download .env
        </Button>
      </Group>
      {children}
      {asked && !saved && (
        <div role="alert">You have not copied it yet. Press once more to close it anyway.</div>
      )}
      <Group justify="flex-end">
        <Button
          variant={saved ? 'filled' : 'default'}
          onClick={() => (saved || asked ? onClose() : setAsked(true))}
        >
          I have saved it
        </Button>
      </Group>
    </Stack>
  )
}
