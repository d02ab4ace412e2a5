import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Page } from '../../ui/Page.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { SECTIONS } from './sections.ts'
import classes from './settings.module.css'

/** What is around each section: the others, what is true now in one sentence, and the one thing to do. */
export function SettingsFrame({
  title,
  lead,
  actions,
  children,
}: {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  const { section } = useParams({ strict: false })
  const { somewhere } = useViewer()
  return (
    <div className={classes.frame}>
      <nav aria-label="Settings" className={classes.nav}>
        <ul>
          {SECTIONS.filter(({ needs }) => somewhere(needs)).map(({ id, title }) => (
            <li key={id}>
              <To
                to="/settings/$section"
                params={{ section: id }}
                aria-current={id === section ? 'page' : undefined}
              >
                {title}
              </To>
            </li>
          ))}
        </ul>
      </nav>
      <div>
        <Page title={title} lead={lead} actions={actions}>
          {children}
        </Page>
      </div>
    </div>
  )
}
