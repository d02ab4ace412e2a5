import { Kbd, Modal, Stack, Switch } from '@mantine/core'
import { PAGES } from '../../paths.ts'
import { GO, setSingleLetters, useSingleLetters } from '../../shortcuts.ts'
import { useViewer } from '../../viewer.ts'
import classes from './palette.module.css'

/** What can be pressed. */
export default function ShortcutList({ onClose }: { onClose: () => void }) {
  const letters = useSingleLetters()
  const { somewhere } = useViewer()
  const pages = Object.entries(GO).flatMap(([letter, path]) => {
    const page = PAGES.find((page) => page.path === path)
    return page && (page.needs === null || somewhere(page.needs)) ? [{ letter, title: page.title }] : []
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title="Keyboard shortcuts"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="md">
        <dl className={classes.shortcuts}>
          <Shortcut keys={['Ctrl', 'K']} does="Find a page, a team, a project, a person" />
          <Shortcut keys={['/']} does="Go to the page’s filter" />
          <Shortcut keys={['?']} does="Show this list" />
          {pages.map(({ letter, title }) => (
            <Shortcut key={letter} keys={['g', letter]} does={title} />
          ))}
        </dl>
        <Switch
          label="Single letters are shortcuts"
          checked={letters}
          onChange={(event) => setSingleLetters(event.currentTarget.checked)}
        />
      </Stack>
    </Modal>
  )
}

function Shortcut({ keys, does }: { keys: string[]; does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  )
}
