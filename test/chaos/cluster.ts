import { join } from 'node:path'
import { testDatabase } from '../database.ts'
import { testDataDirectory } from '../program.ts'
import { type TcpProxy, tcpProxy } from '../tcp-proxy.ts'
import { type Installation, install } from './installation.ts'
import { type NodeProcess, startNodeProcess } from './node-process.ts'

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
}

/** Several gateways on one database, before one provider, with a wire that can fail between each pair. */
export type Cluster = AsyncDisposable & {
  /** The first node is also the control plane: this is how it was set up. */
  installation: Installation
  nodes: ClusterNode[]
  /** Between all gateways and the provider. */
  provider: TcpProxy
  databaseUrl: string
  /** Starts a node's process again and leads its callers there. */
  restart(node: ClusterNode): Promise<void>
}

export async function startCluster(size: number): Promise<Cluster> {
  await using opened = new AsyncDisposableStack()
  const { url: databaseUrl } = opened.use(await testDatabase())
  const wireTo = async (url: string) => opened.use(await tcpProxy(url))
  const databases: TcpProxy[] = []
  for (let index = 0; index < size; index++) databases.push(await wireTo(databaseUrl))
  const [first, ...others] = databases
  if (!first) throw new Error('a cluster has at least one node')

  let provider: TcpProxy | undefined
  const installation = opened.use(
    await install({ DATABASE_URL: first.url }, async (url) => {
      provider = await wireTo(url)
      return new URL(provider.url).origin
    }),
  )
  if (!provider) throw new Error('the installation has no provider')

  const nodes: ClusterNode[] = []
  const addNode = async (process: NodeProcess, database: TcpProxy) => {
    const callers = await wireTo(process.url)
    const url = new URL(callers.url).origin
    nodes.push({ name: `node ${nodes.length + 1}`, url, process, database, callers })
  }
  await addNode(installation, first)
  for (const database of others) {
    const variables = {
      DATABASE_URL: database.url,
      ROLES: 'gateway',
      CLAVIGER_DATA_DIR: opened.use(testDataDirectory()).path,
      CLAVIGER_ROOT_KEY_FILE: join(installation.dataDir, 'secrets', 'root-key'),
      CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    }
    await addNode(opened.use(await startNodeProcess(variables)), database)
  }
  const wires = { provider, nodes }
  // Disposed first: what stalls or is cut must not hold up the end of the processes.
  opened.defer(async () => {
    wires.provider.restore()
    for (const { callers, database } of nodes) for (const wire of [callers, database]) wire.restore()
  })
  const cleanup = opened.move()
  return {
    installation,
    nodes,
    provider,
    databaseUrl,
    async restart(node) {
      await node.process.start()
      node.callers.lead(node.process.url)
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}
