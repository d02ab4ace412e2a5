import { useQuery } from '@tanstack/react-query'
import { documentDue } from '../../../src/contract/documents.ts'
import { q } from '../../api.ts'
import { ago } from '../../format.ts'
import { To } from '../../ui/To.tsx'
import classes from '../keys/keys.module.css'

/** What the viewer has still to read. `blocks`: they get no key and no secret before. */
export function useTraining() {
  const { data } = useQuery(q(documentDue, {}))
  const due = data?.data.filter(({ required }) => required) ?? []
  return { due, blocks: due.some(({ overdue }) => overdue) }
}

/** Says so, before anything else on the page. */
export function Training() {
  const { due, blocks } = useTraining()
  return due.map(({ documentId, title, overdue, dueBy }) => (
    <div key={documentId} className={`${classes.banner} ${overdue ? classes.bad : classes.warn}`}>
      <div>
        {overdue || dueBy === null
          ? `Before you get a key or a new secret, read “${title}”.`
          : `Read “${title}” ${ago(dueBy)} at the latest${blocks ? '' : ', or you get no new key and no new secret'}.`}
      </div>
      <To to="/documents" search={{ document: documentId }}>
        Read it
      </To>
    </div>
  ))
}
