import { useMatch } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import classes from './Page.module.css'
import { remember } from './palette/recent.ts'
import { type Target, To } from './To.tsx'

type Props = {
  title: string
  /** Where this lies: the pages above it, widest first. */
  above?: ({ title: string } & Target)[]
  /** Beside the title: a state, a kind of environment. */
  badge?: ReactNode
  /** One sentence: the answer that most come for. */
  lead?: ReactNode
  /** The one primary action, and what is beside it. */
  actions?: ReactNode
  /** Nothing to come back to: what was asked for is not there, or not yet. */
  passing?: boolean
  children: ReactNode
}

/** The frame of every page: where you are, what it says in one sentence, what you can do. */
export function Page({ title, above = [], badge, lead, actions, passing = false, children }: Props) {
  const href = useMatch({ strict: false, select: ({ pathname }) => pathname })
  useEffect(() => {
    document.title = `${title} · Claviger`
    if (!passing) remember({ href, title })
  }, [href, title, passing])
  return (
    <>
      <header className={classes.header}>
        <div className={classes.words}>
          {above.length > 0 && (
            <nav aria-label="Breadcrumb" className={classes.above}>
              {above.map(({ title, ...target }) => (
                <span key={target.to}>
                  <To {...target}>{title}</To>
                  <ChevronRight size={14} aria-hidden />
                </span>
              ))}
            </nav>
          )}
          <div className={classes.title}>
            <h1>{title}</h1>
            {badge}
          </div>
          {lead && <p className={classes.lead}>{lead}</p>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </>
  )
}

/** A part of a page with a heading of its own. */
export function Section({
  title,
  note,
  actions,
  children,
}: {
  title: string
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.sectionHead}>
        <div>
          <h2>{title}</h2>
          {note && <p className="muted">{note}</p>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}

/** A surface that holds something together. */
export function Card({
  children,
  className = '',
  hidden = false,
}: {
  children: ReactNode
  className?: string
  hidden?: boolean
}) {
  return (
    <div className={`${classes.card} ${className}`} hidden={hidden}>
      {children}
    </div>
  )
}
