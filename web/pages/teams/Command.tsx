import { CopyButton } from '../../ui/CopyButton.tsx'

/** What to type for the same on a command line. */
export function Command({ children }: { children: string }) {
  return (
    <p>
      <code>{children}</code> <CopyButton value={children} label="Copy the command" />
    </p>
  )
}
