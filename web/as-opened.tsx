import { createContext, Fragment, type ReactNode, useContext, useState } from 'react'
import { type Clash, clashesOf, type Labels } from './clashes.ts'
import { changesIn, same, seenIn, shownIn, unsentIn, type Written, writtenIn } from './draft.ts'

/** What a form is told of the thing that it changes, while it is open. */
export type Meanwhile = {
  /** Somebody else saved what this form would take away unseen. */
  clashes: boolean
  /** In which fields: none where the form is about all of the thing. */
  clashing: Clash[]
  /** This form shows what is there now, beside another one with what was typed. */
  looking: boolean
  /** What is there now was looked at: what is typed here may take its place. */
  seen: boolean
  /** The version of what was looked at last, or what the form was opened with. */
  seenVersion: number | null
  /** Somebody else saved what nobody typed in here: it is shown as it is now. */
  followed: boolean
  /** All that is typed is there already: nothing is left to save. */
  settled: boolean
  /** Something was typed, or put back, after `sends`. */
  typedSince: boolean
  /** It keeps what was typed, and is not shown while what is there now is. */
  hidden: boolean
  /** Shows what is there now; what was typed is kept. */
  look: () => void
  /** Back to what was typed. */
  back: () => void
  /** What is typed by now is sent. */
  sends: () => void
  /** The thing was saved by this form, as this version: once that one is read, only what was not sent is still typed. */
  saved: (version: number) => void
}

const Context = createContext<Meanwhile | null>(null)

/** Null outside of a form that changes something. */
export function useMeanwhile(): Meanwhile | null {
  return useContext(Context)
}

type Versioned = { version: number | null }

/** A thing as a form changes it. */
export type Draft<Thing, Fields extends object> = {
  /** The thing that the form goes by. Its version goes along when the form saves. */
  thing: Thing
  fields: Fields
  set: (more: Partial<Fields>) => void
  /** Whether there is anything to save. */
  changed: boolean
  /** Of a body, by the names of the fields, what was changed here: all that is sent. */
  only: <Body extends { [Name in keyof Fields]?: unknown }>(body: Body) => Partial<Body>
}

/**
 * A form that changes a thing. What is typed in a field is kept, and all other fields follow the thing as it is read while
 * the form is open: what two people change in different fields is both saved. Where somebody else saves another thing in a
 * field that is typed in, `FormPanel` and `SettingsForm` say so, and offer to look at what is there now: that is a second
 * form beside the first. Who comes back from it saves over what they saw, and over nothing else.
 */
export function AsOpened<Thing extends Versioned, Fields extends object>({
  now,
  fields: fieldsOf,
  labels,
  children,
}: {
  /** The thing as it was last read. */
  now: Thing
  /** What the form shows of it, by name. */
  fields: (thing: Thing) => Fields
  /**
   * What the form calls its fields. `whole` is a form about all of the thing as it is seen, as an approval is: nothing of it
   * changes unasked.
   */
  labels: Labels<Fields> | 'whole'
  children: (draft: Draft<Thing, Fields>) => ReactNode
}) {
  const whole = labels === 'whole'
  const [opened, setOpened] = useState(now)
  const [seen, setSeen] = useState(now)
  const [written, setWritten] = useState<Written<Fields>>({})
  const [looking, setLooking] = useState<{ at: Thing; written: Written<Fields> } | null>(null)
  const [sent, setSent] = useState<Written<Fields>>({})
  const [saved, setSaved] = useState<number | null>(null)
  const clashing = (written: Written<Fields>) => (whole ? [] : clashesOf(fieldsOf(now), written, labels))
  const clashes = (written: Written<Fields>, seen: Thing) =>
    whole ? numberOf(now) > numberOf(seen) : clashing(written).length > 0
  const begin = () => {
    setOpened(now)
    setSeen(now)
    setWritten(unsentIn(fieldsOf(now), looking?.written ?? written, sent))
    setLooking(null)
    setSent({})
    setSaved(null)
  }
  if (saved !== null && numberOf(now) >= saved) begin()
  const draftOf = (
    written: Written<Fields>,
    seen: Thing,
    write: (change: (written: Written<Fields>) => Written<Fields>) => void,
  ): Draft<Thing, Fields> => {
    const thing = whole ? seen : now
    const fields = fieldsOf(thing)
    const changes = changesIn(fields, written)
    return {
      // With the version that was seen, so that nothing takes the place of what was not.
      thing: clashes(written, seen) ? { ...thing, version: seen.version } : thing,
      fields: shownIn(fields, written),
      set: (more) => write((written) => writtenIn(fields, written, more)),
      changed: Object.keys(changes).length > 0,
      only: (body) =>
        Object.fromEntries(Object.entries(body).filter(([name]) => name in changes)) as Partial<typeof body>,
    }
  }
  const shownOf = (thing: Thing) => (whole ? null : shownIn(fieldsOf(thing), written))
  const look = () => setLooking({ at: now, written: {} })
  const back = () => {
    if (looking === null) return
    const shown = whole ? looking.at : now
    setSeen(shown)
    setWritten(seenIn(fieldsOf(shown), written))
    setLooking(null)
  }
  const form = { look, back, saved: setSaved }
  return (
    <>
      <Context
        value={{
          ...form,
          clashes: clashes(written, seen),
          clashing: clashing(written),
          looking: false,
          seen: seen !== opened,
          seenVersion: seen.version,
          followed: Object.keys(written).length > 0 && !same(shownOf(seen), shownOf(now)),
          settled: !whole && Object.keys(changesIn(fieldsOf(now), written)).length === 0,
          typedSince: !same(written, sent),
          hidden: looking !== null,
          sends: () => setSent(written),
        }}
      >
        {children(draftOf(written, seen, setWritten))}
      </Context>
      {looking && (
        <Context
          value={{
            ...form,
            clashes: clashes(looking.written, looking.at),
            clashing: clashing(looking.written),
            looking: true,
            seen: false,
            seenVersion: looking.at.version,
            followed: false,
            settled: false,
            typedSince: false,
            hidden: false,
            sends: () => setSent(looking.written),
          }}
        >
          <Fragment key={looking.at.version}>
            {children(
              draftOf(looking.written, looking.at, (change) =>
                setLooking((open) => open && { ...open, written: change(open.written) }),
              ),
            )}
          </Fragment>
        </Context>
      )}
    </>
  )
}

/** The same of a thing that is yet to be made: all of it is sent. */
export function useNew<Fields extends object>(first: Fields): Draft<null, Fields> {
  const [fields, setFields] = useState(first)
  return {
    thing: null,
    fields,
    set: (more) => setFields((fields) => ({ ...fields, ...more })),
    changed: true,
    only: (body) => body,
  }
}

/** What has no version yet comes before all that have one. */
function numberOf({ version }: Versioned): number {
  return version ?? 0
}
