import { UnstyledButton } from '@mantine/core'
import { KIND_NAMES, KINDS, type Kind } from './health.ts'
import classes from './Providers.module.css'

/** What can be connected, to choose from. */
export function KindTiles({ chosen, onPick }: { chosen?: Kind | undefined; onPick: (kind: Kind) => void }) {
  return (
    <div className={classes.tiles}>
      {KIND_NAMES.map((kind) => (
        <UnstyledButton
          key={kind}
          className={classes.tile}
          aria-pressed={kind === chosen}
          onClick={() => onPick(kind)}
        >
          <strong>{KINDS[kind].title}</strong>
          <span>{KINDS[kind].note}</span>
        </UnstyledButton>
      ))}
    </div>
  )
}
