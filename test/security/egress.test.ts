import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notify } from '../../src/db/notify.ts'
import { createEgress } from '../../src/egress.ts'
import { mayConnectTo } from '../../src/outbound-addresses.ts'
import { type GatewayWorld, gatewayWorld } from '../gateway-world.ts'
import { post, type RawPeer, rawPeer } from '../raw-peer.ts'

let world: GatewayWorld
/** What every forbidden address here would reach. */
let inside: RawPeer

beforeAll(async () => {
  world = await gatewayWorld()
  inside = await rawPeer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await inside[Symbol.asyncDispose]()
})

describe('117, 119: an address that is not public is not connected to', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '::a00:1',
    '0:0:0:0:0:ffff:a9fe:a9fe',
  ])('%s', (address) => {
    expect(mayConnectTo(address, [])).toBe(false)
  })

  test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    '%s is public',
    (address) => {
      expect(mayConnectTo(address, [])).toBe(true)
    },
  )

  test.each([
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0',
    'localhost',
    'localhost.',
    '①②⑦.0.0.1',
    '127。0。0。1',
  ])('however it is written: %s', async (host) => {
    const egress = createEgress({ privateUpstreams: [] })
    const before = inside.opened
    const heard = post(egress.destination(`http://${host}:${inside.port}/v1`))
    await heard.finished
    egress.close()
    expect(heard.error?.kind).toMatch(/^(?:forbidden|connect)$/)
    expect(inside.opened).toBe(before)
  })

  test('unless the operator opened its range, and then that range only', async () => {
    const egress = createEgress({ privateUpstreams: ['127.0.0.1'] })
    const heard = post(egress.destination(`http://127.0.0.1:${inside.port}/v1`))
    await heard.finished
    const other = post(egress.destination(`http://127.0.0.2:${inside.port}/v1`))
    await other.finished
    egress.close()
    expect([heard.events[0], other.error?.kind]).toEqual(['head 200', 'forbidden'])
  })
})

describe('120: an address of a provider that readers understand differently, or that is none, is not stored', () => {
  test.each([
    'file:///etc/passwd',
    'gopher://x/',
    'ftp://x/',
    'data:text/plain,x',
    'unix:/run/x.sock',
    'javascript:alert(1)',
    '//x/v1',
    '/v1',
    'x',
    '',
    'https://good.example@evil.example/v1',
    'https://user:password@evil.example/v1',
    'https://good.example\\@evil.example/v1',
    'https://good.example#@evil.example/',
    'https://good.example?x=@evil.example',
    'https://evil.example/v1\r\nx-a: b',
    'https://evil.example/ v1',
    'http://evil.example/v1',
    'http://8.8.8.8/v1',
    'https://',
    'https:/x',
    'https:x',
  ])('%j', async (baseUrl) => {
    const body = { name: `bad ${baseUrl}`.slice(0, 40).trim(), kind: 'openai_compatible', baseUrl }
    await expect(world.make('providerCreate', { body })).rejects.toThrow('400')
  })
})

test('121: proxies that the environment names are ignored', async () => {
  await using proxy = await rawPeer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY']
  for (const name of names) process.env[name] = `http://127.0.0.1:${proxy.port}`
  try {
    const egress = createEgress({ privateUpstreams: ['127.0.0.1'] })
    await post(egress.destination(`http://127.0.0.1:${inside.port}/v1`)).finished
    egress.close()
  } finally {
    for (const name of names) delete process.env[name]
  }
  expect(proxy.opened).toBe(0)
})

test('124: whoever points a provider elsewhere does not take its credential along', async () => {
  const { id } = await world.make('providerCreate', {
    body: { name: 'moving', kind: 'openai_compatible', baseUrl: `${world.fake.url}/v1` },
  })
  const credential = await world.make('credentialCreate', {
    body: { providerId: id, name: 'main', secret: 'sk-of-the-old-address-01' },
  })
  await world.make('environmentCredentialSet', {
    params: { environmentId: world.ids.environment },
    body: { credentialIds: [world.ids.credential, credential.id] },
  })
  await world.addModel('moving', { providerId: id })
  const chat = { model: 'moving', messages: [], max_completion_tokens: 5 }
  expect((await world.post('/v1/chat/completions', chat)).status).toBe(200)
  await world
    .make('providerUpdate', {
      params: { providerId: id },
      body: { baseUrl: `http://127.0.0.1:${inside.port}/v1` },
    })
    .catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 300))
  await world.post('/v1/chat/completions', chat)
  await world.make('credentialTest', { params: { credentialId: credential.id } }).catch(() => {})
  expect(inside.requests.join('')).not.toContain('sk-of-the-old-address-01')
})

describe('135, 136: a credential that was changed in the database', () => {
  const secrets = () =>
    world.app.db.selectFrom('credentials').select(['id', 'sealedSecret', 'sealedDataKey', 'secretVersion'])
  const chat = { model: 'gpt-5.4', messages: [], max_completion_tokens: 5 }
  const call = () => world.post('/v1/chat/completions', chat).then(({ status }) => status)

  test('does not open: no call goes out with it, and the log says which', async () => {
    const ours = await secrets().where('id', '=', world.ids.credential).executeTakeFirstOrThrow()
    const other = await secrets().where('id', '!=', world.ids.credential).executeTakeFirstOrThrow()
    const { id: _, ...untouched } = ours
    const write = (change: Partial<typeof untouched>) =>
      world.app.db.transaction().execute(async (db) => {
        // Somebody who may write to the database may also silence its triggers.
        await sql`set local session_replication_role = replica`.execute(db)
        await db.updateTable('credentials').set(change).where('id', '=', ours.id).execute()
        await notify({ db }, { topic: 'providers' })
      })
    const flipped = Buffer.from(ours.sealedSecret)
    flipped.writeUInt8(flipped.readUInt8(20) ^ 1, 20)
    const changes = [
      { sealedSecret: other.sealedSecret, sealedDataKey: other.sealedDataKey },
      { sealedSecret: other.sealedSecret },
      { sealedDataKey: other.sealedDataKey },
      { sealedSecret: flipped },
      { sealedSecret: ours.sealedSecret.subarray(0, -1) },
      { secretVersion: ours.secretVersion + 1 },
    ]
    for (const change of changes) {
      await write(change)
      await expect.poll(call, { timeout: 3_000 }).toBe(503)
      world.fake.reset()
      expect(await call()).toBe(503)
      expect(world.fake.calls).toHaveLength(0)
      expect(world.app.logged.join('')).toContain('a credential does not open')
      await write(untouched)
      await expect.poll(call).toBe(200)
    }
  })
})
