import { open, rm } from 'node:fs/promises'
import { note, print } from './answer.ts'
import { Failure } from './failure.ts'
import { isRow, type Row } from './table.ts'

/** A file that only its owner may read, made before the secret exists: it must not be lost for want of a place. */
export type SecretFile = { keep: (secret: string) => Promise<void>; discard: () => Promise<void> }

export async function openSecretFile(path: string): Promise<SecretFile> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'it exists already' : cause.message
    throw new Failure('usage', `The file ${path} cannot be made for the secret: ${why}.`, { cause })
  })
  return {
    keep: async (secret) => {
      await file.writeFile(`${secret}\n`)
      await file.close()
      note(`The secret is in ${path}, which only you may read. It is not shown again.`)
    },
    discard: async () => {
      await file.close()
      await rm(path)
    },
  }
}

/** Shows a secret for the only time. */
export function showSecret(secret: string): void {
  note('\nSave this secret now. It is shown only once: just a hash of it is kept.')
  print(secret)
}

/** Whether an answer has no place for its secret: so does only that of a repetition. Null is a secret that never was. */
export function isRepeated(answer: unknown, [path = []]: string[][]): boolean {
  const [key = '', ...deeper] = path
  if (!isRow(answer) || !(key in answer)) return true
  return deeper.length > 0 && isRepeated(answer[key], [deeper])
}

/** The secret in an answer, and the answer without it. `paths` says where it may be. */
export function takeOut(answer: unknown, [path]: string[][]): { rest: unknown; taken: string | null } {
  if (path === undefined || !isRow(answer)) return { rest: answer, taken: null }
  const [key = '', ...deeper] = path
  const { [key]: value, ...rest }: Row = answer
  if (deeper.length === 0) return { rest, taken: typeof value === 'string' ? value : null }
  const inner = takeOut(value, [deeper])
  return { rest: { ...rest, [key]: inner.rest }, taken: inner.taken }
}
