import { createContext, Fragment, type ReactNode, useContext, useState } from 'react'

/** What a form is told of the thing that it changes, while it is open. */
export type Meanwhile = {
  /** Somebody saved another version than the one that this form goes by. */
  outdated: boolean
  /** This form shows what is there now, beside another one with what was typed. */
  looking: boolean
  /** What is there now was looked at: what is typed here may take its place. */
  seen: boolean
  /** It keeps what was typed, and is not shown while what is there now is. */
  hidden: boolean
  /** Shows what is there now; what was typed is kept. */
  look: () => void
  /** Back to what was typed. */
  back: () => void
  /** Begins anew with what is there now: nothing was typed. */
  follow: () => void
  /** The thing was saved by this form, as this version: it begins anew once that one is read. */
  saved: (version: number) => void
}

const Context = createContext<Meanwhile | null>(null)

/** Null outside of a form that changes something. */
export function useMeanwhile(): Meanwhile | null {
  return useContext(Context)
}

type Versioned = { version: number | null }

/**
 * A form that changes a thing: it begins with the thing as it is, and keeps what is typed whatever is read of the thing
 * while it is open. The version that it is given goes along when it saves. When somebody else saves meanwhile, `FormPanel`
 * and `SettingsForm` say so, and offer to look at what is there now: that is a second form beside the first. Who comes back
 * from it saves over what they saw, and over nothing else. What a form does not show, but has to send, is that of `seen`.
 */
export function AsOpened<Thing extends Versioned>({
  now,
  children,
}: {
  /** The thing as it was last read. */
  now: Thing
  /**
   * The form: it takes its first values from the thing as it was when the form was opened, once. The thing as it was last
   * looked at goes along.
   */
  children: (thing: Thing, seen: Thing) => ReactNode
}) {
  const [mine, setMine] = useState({ opened: now, seen: now, round: 0 })
  const [theirs, setTheirs] = useState<Thing | null>(null)
  const [saved, setSaved] = useState<number | null>(null)
  const look = () => setTheirs(now)
  const back = () => {
    if (theirs) setMine({ ...mine, seen: theirs })
    setTheirs(null)
  }
  const begin = () => {
    setMine({ opened: now, seen: now, round: mine.round + 1 })
    setTheirs(null)
    setSaved(null)
  }
  if (saved !== null && numberOf(now) >= saved) begin()
  const form = { look, back, saved: setSaved }
  return (
    <>
      <Context
        value={{
          ...form,
          outdated: numberOf(now) > numberOf(mine.seen),
          looking: false,
          seen: mine.seen.version !== mine.opened.version,
          hidden: theirs !== null,
          follow: begin,
        }}
      >
        <Fragment key={mine.round}>
          {children({ ...mine.opened, version: mine.seen.version }, mine.seen)}
        </Fragment>
      </Context>
      {theirs && (
        <Context
          value={{
            ...form,
            outdated: numberOf(now) > numberOf(theirs),
            looking: true,
            seen: false,
            hidden: false,
            follow: look,
          }}
        >
          <Fragment key={theirs.version}>{children(theirs, theirs)}</Fragment>
        </Context>
      )}
    </>
  )
}

/** What has no version yet comes before all that have one. */
function numberOf({ version }: Versioned): number {
  return version ?? 0
}
