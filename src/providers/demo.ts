import type { Destination } from '../egress.ts'
import { EgressError, Exchange } from '../http1-pool.ts'
import type { ProviderAdapter } from './adapter.ts'
import { type DemoAnswer, type DemoRequest, failure, readDemoRequest } from './demo-answer.ts'
import { answerAnthropicDemo } from './demo-anthropic.ts'
import { answerOpenAiDemo } from './demo-openai.ts'

/** Answers without a network, so that a new installation can be tried at once. It costs nothing. */
export const demo: ProviderAdapter = {
  kind: 'demo',
  defaultBaseUrl: 'demo:',
  paths: {
    'chat.completions': '/chat/completions',
    completions: '/completions',
    responses: '/responses',
    embeddings: '/embeddings',
    moderations: '/moderations',
    'images.generations': '/images/generations',
    messages: '/messages',
    'messages.count_tokens': '/messages/count_tokens',
  },
  authHeaders: () => ({}),
  chatOutputCapField: 'max_tokens',
}

/** In the place of a connection: the answer comes from this process, piece by piece as one from afar would. */
export const demoDestination: Destination = {
  host: 'demo',
  basePath: '',
  send(head, body, handler) {
    const exchange = new DemoExchange(head, body, handler)
    const request = readDemoRequest(head, body)
    setImmediate(() => exchange.play(request.model, answerDemo(request)))
    return exchange
  },
}

const WORD_MS = 15
const SLOW_WORD_MS = 250
const SLOW_START_MS = 1000

function answerDemo(request: DemoRequest): DemoAnswer {
  return failure(request) ?? (request.anthropic ? answerAnthropicDemo(request) : answerOpenAiDemo(request))
}

class DemoExchange extends Exchange {
  private paused = false
  private waiting: (() => void) | null = null
  private timer: NodeJS.Timeout | undefined

  override pause(): void {
    this.paused = true
  }

  override resume(): void {
    this.paused = false
    const go = this.waiting
    this.waiting = null
    go?.()
  }

  override abort(): void {
    clearTimeout(this.timer)
    super.abort()
  }

  play(model: string, { status, headers, pieces }: DemoAnswer): void {
    if (model === 'stall') return
    if (model === 'reset') {
      this.breakOff()
      return
    }
    const pieceMs = model === 'slow' ? SLOW_WORD_MS : model === 'huge' ? 0 : WORD_MS
    const last = model === 'cut' ? Math.floor(pieces.length / 2) : pieces.length
    let at = 0
    const step = () => {
      const receiver = this.receiver
      if (!receiver) return
      if (this.paused) {
        this.waiting = step
        return
      }
      if (at === 0) receiver.onHead(status, [...headers])
      if (at === last) {
        if (model === 'cut') this.breakOff()
        else receiver.onEnd()
        return
      }
      const piece = pieces[at++] ?? ''
      receiver.onData(Buffer.from(piece), at === pieces.length)
      if (at === pieces.length) receiver.onEnd()
      else this.timer = setTimeout(step, pieceMs)
    }
    this.timer = setTimeout(step, model === 'slow' ? SLOW_START_MS : 0)
  }

  private breakOff(): void {
    this.fail(new EgressError('reset', 'the demo provider closed the connection, as it was asked to'))
  }
}
