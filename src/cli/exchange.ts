import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { z } from 'zod'
import { note, print } from './answer.ts'
import { addExamples } from './command.ts'
import { Failure } from './failure.ts'
import { networkFailure } from './report.ts'
import { requireHeaderText } from './secrets.ts'
import { type GlobalFlags, openSession, type Session } from './session.ts'

type Flags = GlobalFlags & { audience?: string; tokenFile?: string; outputFile?: string }

/** Where docs/workloads.md has Kubernetes put a token that is for us, and not for the cluster itself. */
const KUBERNETES_TOKEN = '/var/run/secrets/claviger/token'
const Granted = z.object({ access_token: z.string(), expires_in: z.number() })
const Refused = z.object({ error: z.string(), error_description: z.string().optional() })

/** `claviger exchange`: the token of a workload for a key that lasts a quarter of an hour. Nobody signs in. */
export function addExchange(program: Command): void {
  const command = program
    .command('exchange')
    .option('--audience <text>', "whom GitHub's token is to be for; the address of the server by default")
    .option('--token-file <path>', 'a file with the token of the workload')
    .option(
      '--output-file <path>',
      'write the key to a file that only you may read, in place of what it held',
    )
    .summary("Exchange a workload's own token for a short-lived key")
    .description(
      "Exchange a workload's own token for a short-lived key, by a trust rule. Without --token-file the token is found: " +
        `in CLAVIGER_ID_TOKEN (GitLab), by asking GitHub Actions, or in ${KUBERNETES_TOKEN} (Kubernetes).`,
    )
  addExamples(command, [
    'OPENAI_API_KEY=$(claviger exchange --url https://claviger.example.com)',
    'claviger exchange --token-file /var/run/secrets/claviger/token --output-file /tmp/claviger-key',
  ])
  command.action(async () => {
    const flags = command.optsWithGlobals<Flags>()
    const session = await openSession(flags)
    const token = await findToken(session, flags)
    const { access_token: key, expires_in: seconds } = await exchange(session.client.baseUrl, token)
    if (flags.outputFile === undefined) {
      return print(session.json ? JSON.stringify({ key, expiresInSeconds: seconds }, null, 2) : key)
    }
    await replaceFile(flags.outputFile, key)
    note(`The key is in ${flags.outputFile}, which only you may read. It works for ${seconds} seconds.`)
  })
}

async function findToken({ environment, client }: Session, flags: Flags): Promise<string> {
  const { idToken, githubIdToken } = environment
  if (flags.tokenFile !== undefined) return readToken(flags.tokenFile)
  if (idToken !== undefined) return idToken.trim()
  if (githubIdToken !== null) return askGithub(githubIdToken, flags.audience ?? client.baseUrl)
  return readToken(KUBERNETES_TOKEN).catch((cause) => {
    throw new Failure('usage', 'There is no token of a workload here.', {
      cause,
      next: 'Name a file: --token-file FILE. How Kubernetes, GitHub and GitLab give one: docs/workloads.md',
    })
  })
}

async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new Failure('usage', `The file ${path} cannot be read.`, { cause })
  })
  return text.trim()
}

async function askGithub(
  { url, bearer }: { url: string; bearer: string },
  audience: string,
): Promise<string> {
  const address = new URL(url)
  address.searchParams.set('audience', audience)
  const response = await fetch(address, {
    headers: { authorization: `Bearer ${requireHeaderText('GitHub token', bearer)}` },
    redirect: 'error',
  }).catch((cause) => {
    throw networkFailure(address.origin, cause)
  })
  const answer = z.object({ value: z.string() }).safeParse(await response.json().catch(() => null))
  if (response.ok && answer.success) return answer.data.value
  throw new Failure('failed', `GitHub gave no token: it answered ${response.status}.`, {
    next: 'Does the job have "permissions: id-token: write"?',
  })
}

async function exchange(baseUrl: string, token: string): Promise<z.output<typeof Granted>> {
  const response = await fetch(`${baseUrl}/oauth/token`, {
    method: 'POST',
    redirect: 'error',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    }),
  }).catch((cause) => {
    throw networkFailure(baseUrl, cause)
  })
  const answer: unknown = await response.json().catch(() => null)
  const granted = Granted.safeParse(answer)
  if (response.ok && granted.success) return granted.data
  const { error, error_description: why } = Refused.safeParse(answer).data ?? {}
  if (error === 'invalid_grant') {
    throw new Failure('notSignedIn', `${baseUrl} gives no key for this token.`, {
      code: error,
      next: 'Why is in its log and in its audit trail: claviger audit list --action workload.refuse',
    })
  }
  const exit = response.status === 429 ? 'limit' : response.status >= 500 ? 'unavailable' : 'failed'
  throw new Failure(exit, why ?? `${baseUrl} answered ${response.status}.`, error ? { code: error } : {})
}

/** All at once: who reads it meanwhile gets the old key or the new one, and never half of one. */
async function replaceFile(path: string, key: string): Promise<void> {
  const beside = `${path}.${process.pid}`
  try {
    await writeFile(beside, `${key}\n`, { mode: 0o600, flag: 'wx' })
    await rename(beside, path)
  } catch (cause) {
    throw new Failure('usage', `The file ${path} cannot be written.`, { cause })
  }
}
