import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connectOnce } from '../src/db/connect.ts'

/** Copies the files, which takes half the time of writing them to the log page by page. */
const FILES = 'strategy file_copy'

export type TestDatabase = AsyncDisposable & { url: string }

/** A fresh database for one test, gone afterwards: migrated, or empty when the migrations are what is tested. */
export async function testDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name} template ${migrated ? 'template' : 'template0'} ${FILES}`)
  const url = new URL(inject('serverUrl'))
  url.pathname = `/${name}`
  return { url: url.href, [Symbol.asyncDispose]: () => onServer(`drop database ${name} with (force)`) }
}

/** A copy of a database that nobody is connected to: what a backup of this moment would bring back. */
export async function copyOf(url: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name} template ${new URL(url).pathname.slice(1)} ${FILES}`)
  const copy = new URL(url)
  copy.pathname = `/${name}`
  return { url: copy.href, [Symbol.asyncDispose]: () => onServer(`drop database ${name} with (force)`) }
}

async function onServer(statement: string): Promise<void> {
  const client = await connectOnce(inject('serverUrl'), 'test')
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
