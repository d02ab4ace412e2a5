import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type App, type Ctx, visitOf } from '../app.ts'
import { Quiz } from '../contract/documents.ts'
import { findShippedDocument, insertDocument, insertDocumentVersion } from '../db/documents.ts'
import { lockSetup } from '../db/setup.ts'
import { transaction } from '../db/transaction.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { SETUP } from './setup.ts'

const MODULE = 'handling-keys'
const FOLDER = join(import.meta.dirname, '..', 'training')
const About = z.strictObject({ title: z.string(), passPercent: z.int(), quiz: Quiz })

/**
 * Adds the training that comes with the program, once: who changed or archived it keeps it so. It is there to be
 * read, and no key depends on it until somebody says that it is required. Says whether it was added.
 */
export function addShippedModule(app: App): Promise<boolean> {
  const ctx: Ctx = { ...visitOf(app), actor: SETUP }
  return transaction(ctx, async (ctx) => {
    await lockSetup(ctx.db)
    if (await findShippedDocument(ctx.db, MODULE)) return false
    const { title, passPercent, quiz } = About.parse(JSON.parse(read('json')))
    const id = newId('doc')
    await insertDocument(ctx.db, { id, title, kind: 'training', shipped: MODULE, validityDays: 365 })
    await insertDocumentVersion(ctx.db, {
      id: newId('dov'),
      documentId: id,
      number: 1,
      body: read('md'),
      quiz: JSON.stringify(quiz),
      passPercent,
      publishedBy: ctx.actor.id,
    })
    await audit(ctx, { action: 'document.create', targetId: id, after: { title, shipped: MODULE } })
    return true
  })
}

function read(extension: 'md' | 'json'): string {
  return readFileSync(join(FOLDER, `${MODULE}.${extension}`), 'utf8')
}
