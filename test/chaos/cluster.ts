import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '../database.ts'
import { testDataDirectory } from '../program.ts'
import { type TcpProxy, tcpProxy } from '../tcp-proxy.ts'
import { type Installation, install, modelOver } from './installation.ts'
import { type NodeProcess, startNodeProcess } from './node-process.ts'

const MOST_STARTS = 20

/** One gateway and the wires that lead to it and from it. */
export type ClusterNode = {
  name: string
  process: NodeProcess
  /** Where its callers reach it, also when the process comes back on another port. */
  url: string
  /** Between its callers and it. */
  callers: TcpProxy
  /** Between it and PostgreSQL. */
  database: TcpProxy
  /** Between it and the provider: for models by the names that `modelOf` gives them. */
  provider: TcpProxy
  modelOf: (name: string) => string
}

/** Several gateways on one database, before one provider, with a wire that can fail between each pair. */
export type Cluster = AsyncDisposable & {
  /** The first node is also the control plane: this is how it was set up. */
  installation: Installation
  nodes: ClusterNode[]
  databaseUrl: string
  /** Starts a node's process again and leads its callers there. Rejects when it does not come up. */
  start(node: ClusterNode): Promise<void>
  /** The same, and again when it ends before it is up: it does while its database is away. */
  restart(node: ClusterNode, databaseFails: boolean): Promise<void>
}

export function nodeOf({ nodes }: Cluster, n: number): ClusterNode {
  const node = nodes[n % nodes.length]
  if (!node) throw new Error('a cluster has nodes')
  return node
}

/** `more` are variables of all gateways. */
export async function startCluster(size: number, more: Record<string, string> = {}): Promise<Cluster> {
  await using opened = new AsyncDisposableStack()
  const { url: databaseUrl } = opened.use(await testDatabase())
  const wireTo = async (url: string) => opened.use(await tcpProxy(url))
  const databases: TcpProxy[] = []
  for (let index = 0; index < size; index++) databases.push(await wireTo(databaseUrl))
  const [first, ...others] = databases
  if (!first) throw new Error('a cluster has at least one node')

  // All gateways know the same addresses: which wire a call takes is up to the model that it asks for.
  const providers: TcpProxy[] = []
  const installation = opened.use(
    await install({ ...more, DATABASE_URL: first.url }, async (url) => {
      for (let index = 0; index < size; index++) providers.push(await wireTo(url))
      return providers.map((wire) => new URL(wire.url).origin)
    }),
  )

  const nodes: ClusterNode[] = []
  const addNode = async (process: NodeProcess, database: TcpProxy) => {
    const callers = await wireTo(process.url)
    const url = new URL(callers.url).origin
    const index = nodes.length
    const provider = providers[index]
    if (!provider) throw new Error('a node has no wire to the provider')
    const modelOf = (name: string) => modelOver(index, name)
    nodes.push({ name: `node ${index + 1}`, url, process, database, callers, provider, modelOf })
  }
  await addNode(installation, first)
  for (const database of others) {
    const variables = {
      ...more,
      DATABASE_URL: database.url,
      ROLES: 'gateway',
      CLAVIGER_DATA_DIR: opened.use(testDataDirectory()).path,
      CLAVIGER_ROOT_KEY_FILE: join(installation.dataDir, 'secrets', 'root-key'),
      CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    }
    await addNode(opened.use(await startNodeProcess(variables)), database)
  }
  // Disposed first: what stalls or is cut must not hold up the end of the processes.
  opened.defer(async () => {
    for (const { callers, database, provider } of nodes)
      for (const wire of [callers, database, provider]) wire.restore()
  })
  const start = async (node: ClusterNode) => {
    await node.process.start()
    node.callers.lead(node.process.url)
  }
  const cleanup = opened.move()
  return {
    installation,
    nodes,
    databaseUrl,
    start,
    async restart(node, databaseFails) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await start(node)
        } catch (error) {
          if (!databaseFails || attempt === MOST_STARTS) throw error
          node.process.program.process.kill('SIGKILL')
          await node.process.program.ended
        }
      }
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** Until every node has settled its calls and booked them, and the provider serves nobody. */
export async function quiet({ nodes, installation }: Cluster, patienceMs = 30_000): Promise<void> {
  const deadline = Date.now() + patienceMs
  const waiting = async () => {
    const figures = await Promise.all(
      nodes.map(async ({ process }) => {
        const text = await (await fetch(`${process.url}/metrics`)).text()
        return ['open_calls', 'backlog_rows'].map((name) =>
          Number(new RegExp(`^claviger_ledger_${name} (.+)$`, 'm').exec(text)?.[1]),
        )
      }),
    )
    return [...figures.flat(), (await installation.provider.state()).active]
  }
  while ((await waiting()).some((figure) => figure !== 0)) {
    if (Date.now() > deadline) throw new Error(`never quiet: ${await waiting()}`)
    await sleep(100)
  }
}
