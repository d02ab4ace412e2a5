import { request as nodeRequest } from 'node:http'
import fc from 'fast-check'
import { Agent, request as undiciRequest } from 'undici'
import { expect, test } from 'vitest'
import { likelyWire, validAnswer } from '../test/answer-wires.ts'
import { rawPeer } from '../test/raw-peer.ts'
import { AnswerReader } from './http1-answer.ts'

type Answer = { status: number; headers: string[]; body: string }

test('two other readers of HTTP understand every answer that we accept, and as we do', {
  timeout: 60_000,
}, async () => {
  let wire = ''
  let accepted = 0
  let refused = 0
  await using peer = await rawPeer((socket) => socket.end(wire, 'latin1'))
  const agent = new Agent({ maxHeaderSize: 65_536 })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        validAnswer.map((answer) => answer.wire),
        likelyWire,
      ),
      async (made) => {
        wire = made
        const ours = readByUs(made)
        if (!ours) {
          refused++
          return
        }
        accepted++
        if (!undiciErrs(made)) expect(await readByUndici(agent, peer.port), 'undici').toEqual(ours)
        expect(await readByNode(peer.port), 'node:http').toEqual(ours)
      },
    ),
    { numRuns: 2000 },
  )
  await agent.close()
  // Else the test says nothing.
  expect(accepted).toBeGreaterThan(500)
  expect(refused).toBeGreaterThan(100)
})

/** It refuses a 100 that it did not ask for, and a blank after a content-length: RFC 9110, 15.2 and 5.5, allow both. */
function undiciErrs(wire: string): boolean {
  return wire.includes('HTTP/1.1 100') || /\r\ncontent-length:[^\r]*[ \t]\r/i.test(wire)
}

function readByUs(wire: string): Answer | null {
  let answer: Answer | null = null
  let ended = false
  let body = ''
  const reader = new AnswerReader({
    onHead(status, headers) {
      answer = { status, headers, body }
    },
    onData(bytes) {
      body += bytes.toString('latin1')
    },
    onEnd() {
      ended = true
    },
  })
  try {
    reader.read(Buffer.from(wire, 'latin1'))
    reader.close()
  } catch {
    return null
  }
  return answer && ended ? comparable(answer, body) : null
}

async function readByUndici(agent: Agent, port: number): Promise<Answer> {
  const answer = await undiciRequest(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: '{}',
    dispatcher: agent,
    responseHeaders: 'raw',
  })
  const body = Buffer.from(await answer.body.arrayBuffer()).toString('latin1')
  // With `responseHeaders: 'raw'` these are names and values in turn, as bytes.
  const headers = (answer.headers as unknown as Buffer[]).map((bytes) => bytes.toString('latin1'))
  return comparable({ status: answer.statusCode, headers }, body)
}

function readByNode(port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = nodeRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      agent: false,
      maxHeaderSize: 65_536,
    })
    request.on('error', reject)
    request.on('response', (answer) => {
      let body = ''
      answer.setEncoding('latin1')
      answer.on('data', (text) => {
        body += text
      })
      answer.on('error', reject)
      answer.on('end', () => {
        resolve(comparable({ status: answer.statusCode ?? 0, headers: answer.rawHeaders }, body))
      })
    })
    request.end('{}')
  })
}

/** Without the framing headers, which we keep to ourselves, and the blanks after a value, which they leave there. */
function comparable({ status, headers }: { status: number; headers: string[] }, body: string): Answer {
  const framing = new Set(['connection', 'transfer-encoding', 'content-length'])
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    if (!framing.has(name)) kept.push(name, (headers[i + 1] ?? '').replace(/[ \t]+$/, ''))
  }
  return { status, headers: kept, body }
}
