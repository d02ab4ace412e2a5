import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { ApiError } from '../contract/client.ts'
import { print } from './answer.ts'
import { addExamples } from './command.ts'
import { Failure } from './failure.ts'
import { apiFailure, networkFailure } from './report.ts'
import { currentClient, type GlobalFlags, openSession, type Session } from './session.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** `claviger api`: any call, for what no command does. */
export function addApi(program: Command): void {
  const command = program
    .command('api')
    .argument('<method>', METHODS.join(', '))
    .argument('<path>', 'below /api, such as /v1/teams')
    .option('--input <file>', 'send a file as the body; "-" is standard input')
    .summary('Call the API yourself')
    .description('Call the API yourself. Prints what it answers.')
  addExamples(command, [
    'claviger api GET "/v1/keys?state=active"',
    'claviger api POST /v1/teams --input team.json',
    `echo '{"name":"Search"}' | claviger api POST /v1/teams --input -`,
  ])
  command.action(async (method: string, path: string, { input }: { input?: string }) => {
    const session = await openSession(command.optsWithGlobals<GlobalFlags>())
    const body = input === undefined ? undefined : await readInput(input)
    print((await send(session, method.toUpperCase(), path, body)).trimEnd())
  })
}

async function readInput(path: string): Promise<string> {
  if (path === '-') return text(process.stdin)
  return readFile(path, 'utf8').catch((cause) => {
    throw new Failure('usage', `The file ${path} cannot be read.`, { cause })
  })
}

async function send(session: Session, method: string, path: string, body?: string): Promise<string> {
  if (!METHODS.includes(method))
    throw new Failure('usage', `"${method}" is not one of ${METHODS.join(', ')}.`)
  if (!path.startsWith('/')) throw new Failure('usage', `"${path}" is not a path: it begins with a slash.`)
  const client = await currentClient(session)
  const response = await client
    .fetch(`${client.baseUrl}/api${path.replace(/^\/api(?=\/)/, '')}`, {
      method,
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(client.token === null ? {} : { authorization: `Bearer ${client.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    })
    .catch((cause) => {
      throw networkFailure(client.baseUrl, cause)
    })
  const answer = await response.text()
  if (response.ok) return answer
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  throw apiFailure(new ApiError(response.status, isProblem ? JSON.parse(answer) : {}))
}
