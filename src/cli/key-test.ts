import type { Command } from 'commander'
import { z } from 'zod'
import { print } from './answer.ts'
import { addExamples } from './command.ts'
import { type Exit, Failure } from './failure.ts'
import { networkFailure } from './report.ts'
import { readSecret, requireHeaderText, type SecretSource } from './secrets.ts'
import { type GlobalFlags, openSession } from './session.ts'
import { printable } from './table.ts'

/** What the gateway answers, in OpenAI's shape. */
const Models = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) })
const Refusal = z.object({ error: z.object({ message: z.string(), code: z.string().nullish() }) })

/** `claviger key test`: asks the gateway, as a caller would, what a key may use. */
export function addKeyTest(key: Command): void {
  const command = key
    .command('test')
    .option('--from-stdin', 'read the key from standard input')
    .option('--from-file <path>', 'read the key from a file')
    .option('--gateway-url <url>', "address of the gateway, when it is not the server's")
    .summary('Ask the gateway what a key may use')
    .description(
      'Ask the gateway what a key may use. Takes the key itself, from CLAVIGER_API_KEY or standard input.',
    )
  addExamples(command, [
    'CLAVIGER_API_KEY=$(cat site-bot.key) claviger key test',
    'claviger key test --from-file site-bot.key',
    'claviger key create --environment Search/Site/staging --name site-bot --json | jq -r .secret | claviger key test --from-stdin',
  ])
  command.action(async (source: SecretSource & { gatewayUrl?: string }) => {
    const session = await openSession(command.optsWithGlobals<GlobalFlags>())
    const { apiKey } = session.environment
    const given = source.fromStdin || source.fromFile !== undefined
    const secret = apiKey && !given ? apiKey : await readSecret('key', source, session.environment)
    const gateway = source.gatewayUrl?.replace(/\/+$/, '') ?? session.client.baseUrl
    const models = await listModels(gateway, requireHeaderText('key', secret.trim()))
    const ids = models.data.map(({ id }) => printable(id)).sort()
    if (session.json) print(JSON.stringify(models, null, 2))
    else if (session.quiet) print(ids.join('\n'))
    else
      print(
        [`The key works. It may use ${ids.length} ${ids.length === 1 ? 'model' : 'models'}.`, ...ids].join(
          '\n  ',
        ),
      )
  })
}

async function listModels(gateway: string, key: string): Promise<z.output<typeof Models>> {
  const response = await fetch(`${gateway}/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
    redirect: 'error',
  }).catch((cause) => {
    throw networkFailure(gateway, cause)
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) {
    const models = Models.safeParse(answer)
    if (models.success) return models.data
    throw new Failure('failed', `${gateway} does not answer like a gateway.`, {
      next: 'Is --gateway-url right?',
    })
  }
  const { error } = Refusal.safeParse(answer).data ?? {}
  throw new Failure(
    EXIT_OF[response.status] ?? 'failed',
    error?.message ?? `The gateway answered ${response.status}.`,
    {
      code: error?.code ?? 'failed',
      ...(requestIdOf(response) ?? {}),
    },
  )
}

/** A key that does not work is what this test looks for. */
const EXIT_OF: Record<number, Exit> = {
  401: 'found',
  403: 'found',
  429: 'limit',
  502: 'unavailable',
  503: 'unavailable',
}

function requestIdOf(response: Response): { requestId: string } | null {
  const requestId = response.headers.get('x-request-id')
  return requestId === null ? null : { requestId }
}
