import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printOpenapi } from '../src/contract/openapi.ts'
import { connectOnce } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'
import { printCommonPasswords } from './print-common-passwords.ts'
import { printConfiguration } from './print-configuration.ts'
import { printSchema } from './print-schema.ts'
import { temporaryDatabase } from './temporary-database.ts'

/** Prints the files that follow from others. With `--check` it writes nothing and fails when one is stale. */
const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')

async function schema(): Promise<string> {
  const database = await temporaryDatabase()
  try {
    const url = database.url('postgres')
    await migrate(url)
    const client = await connectOnce(url, 'gen')
    try {
      return await printSchema(client)
    } finally {
      await client.end()
    }
  } finally {
    await database.stop()
  }
}

function formatted(path: string, text: string): string {
  return execFileSync('biome', ['format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
}

const printed: Record<string, string> = {
  'src/db/schema.ts': formatted('src/db/schema.ts', await schema()),
  'openapi.json': printOpenapi(),
  'docs/configuration.md': printConfiguration(),
  'src/common-passwords.txt': printCommonPasswords(),
}

for (const [path, text] of Object.entries(printed)) {
  const file = join(root, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (check) {
    console.error(`${path} is stale: run \`npm run gen\`.`)
    process.exitCode = 1
  } else {
    writeFileSync(file, text)
    console.log(`printed ${path}`)
  }
}
