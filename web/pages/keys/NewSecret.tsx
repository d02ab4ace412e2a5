import { SecretDialog } from '../../ui/SecretDialog.tsx'
import { TestIt } from './TestIt.tsx'

/** A secret that was just made: for whom it is in this one answer only. */
export function NewSecret({
  made,
  onClose,
}: {
  /** Null: closed. */
  made: { name: string; secret: string } | null
  onClose: () => void
}) {
  const file = made?.name.replaceAll(/[^\w.-]+/g, '-').slice(0, 60) || 'key'
  return (
    <SecretDialog
      secret={made?.secret ?? null}
      title={made ? `Save the secret of ${made.name}` : ''}
      fileName={`${file}.env`}
      variable="CLAVIGER_API_KEY"
      onClose={onClose}
    >
      {made && <TestIt secret={made.secret} />}
    </SecretDialog>
  )
}
