import { ActionIcon } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { announce, toast } from './announce.tsx'

const SHOWN_MS = 1500

/** Copies a text that is no secret, and says so. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
    } catch {
      // Without TLS there is no clipboard; or the reader said no.
      toast('The browser did not allow copying. Select the text and copy it by hand.')
      return
    }
    announce('Copied.')
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} title={label} onClick={copy}>
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </ActionIcon>
  )
}
