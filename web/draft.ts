/** What somebody wrote in fields of a form: what is written there, and what they saw there before. */
export type Written<Fields> = { [Name in keyof Fields]?: { is: Fields[Name]; was: Fields[Name] } }

/** The fields as a form shows them: what nobody wrote in follows the thing. */
export function shownIn<Fields extends object>(now: Fields, written: Written<Fields>): Fields {
  return { ...now, ...changesIn(now, written) }
}

/** What is written and differs from what is there: all that a form has to send. */
export function changesIn<Fields extends object>(now: Fields, written: Written<Fields>): Partial<Fields> {
  const changes: Partial<Fields> = {}
  for (const name of namesIn(written)) {
    const field = written[name]
    if (field !== undefined && !same(field.is, now[name])) changes[name] = field.is
  }
  return changes
}

/** The fields in which somebody else saved another thing than what was seen there, and than what is written there. */
export function clashesIn<Fields extends object>(now: Fields, written: Written<Fields>): (keyof Fields)[] {
  return namesIn(written).filter((name) => {
    const field = written[name]
    return field !== undefined && !same(field.was, now[name]) && !same(field.is, now[name])
  })
}

/**
 * The same with more written in it, where `now` is what is there. What is written as it is shown is not written in, and what
 * is put back to what was there all the time is not written any more.
 */
export function writtenIn<Fields extends object>(
  now: Fields,
  written: Written<Fields>,
  more: Partial<Fields>,
): Written<Fields> {
  const all = { ...written }
  const shown = shownIn(now, written)
  for (const name of namesIn(more)) {
    if (same(more[name], shown[name])) continue
    const { was } = written[name] ?? { was: now[name] }
    // A name of `more` has a value there.
    if (!same(more[name], was) || !same(was, now[name]))
      all[name] = { is: more[name] as Fields[typeof name], was }
    else delete all[name]
  }
  return all
}

/** The same, once what is there now was looked at. */
export function seenIn<Fields extends object>(now: Fields, written: Written<Fields>): Written<Fields> {
  const seen: Written<Fields> = {}
  for (const name of namesIn(written)) {
    const field = written[name]
    if (field !== undefined) seen[name] = { is: field.is, was: now[name] }
  }
  return seen
}

/** What is written since `sent` was, once that is saved: also what was put back in between. */
export function unsentIn<Fields extends object>(
  now: Fields,
  written: Written<Fields>,
  sent: Written<Fields>,
): Written<Fields> {
  const unsent = { ...written }
  for (const name of namesIn(sent)) {
    const before = sent[name]
    if (before === undefined) continue
    const { is } = written[name] ?? { is: before.was }
    if (same(is, before.is)) delete unsent[name]
    else unsent[name] = { is, was: now[name] }
  }
  return unsent
}

/** Whether two values of fields are the same: texts, numbers, and lists and records of these. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function namesIn<Fields extends object>(fields: Fields): (keyof Fields)[] {
  // The keys of an object are the names of its fields.
  return Object.keys(fields) as (keyof Fields)[]
}
