import type { ModelOperation } from '../src/domain/operations.ts'

/** Where a program finds Claviger, and what it asks for there. */
export type At = { origin: string; model: string }

export type Snippet = {
  id: string
  title: string
  /** What it calls: its model has to answer that. */
  operation: ModelOperation
  /** Where the text belongs, and what is to be done first. */
  where: string
  text: (at: At) => string
}

/**
 * How to use a key, by tool. The key itself is never in a text: each reads it from `CLAVIGER_API_KEY`.
 * OpenAI's clients want the address with `/v1`, Anthropic's without.
 */
export const SNIPPETS: Snippet[] = [
  {
    id: 'curl',
    title: 'curl',
    operation: 'chat.completions',
    where: 'In a shell',
    text: ({ origin, model }) => `curl ${origin}/v1/chat/completions \\
  -H "authorization: Bearer $CLAVIGER_API_KEY" \\
  -H "content-type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'
`,
  },
  {
    id: 'openai-ts',
    title: 'OpenAI, TypeScript',
    operation: 'chat.completions',
    where: 'After npm install openai',
    text: ({ origin, model }) => `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${origin}/v1',
  apiKey: process.env.CLAVIGER_API_KEY,
})

const answer = await client.chat.completions.create({
  model: '${model}',
  messages: [{ role: 'user', content: 'Hello' }],
})
console.log(answer.choices[0]?.message.content)
`,
  },
  {
    id: 'openai-python',
    title: 'OpenAI, Python',
    operation: 'chat.completions',
    where: 'After pip install openai',
    text: ({ origin, model }) => `import os
from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    api_key=os.environ["CLAVIGER_API_KEY"],
)

answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)
`,
  },
  {
    id: 'anthropic-ts',
    title: 'Anthropic, TypeScript',
    operation: 'messages',
    where: 'After npm install @anthropic-ai/sdk',
    text: ({ origin, model }) => `import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({
  baseURL: '${origin}',
  apiKey: process.env.CLAVIGER_API_KEY,
})

const answer = await client.messages.create({
  model: '${model}',
  max_tokens: 256,
  messages: [{ role: 'user', content: 'Hello' }],
})
console.log(answer.content)
`,
  },
  {
    id: 'anthropic-python',
    title: 'Anthropic, Python',
    operation: 'messages',
    where: 'After pip install anthropic',
    text: ({ origin, model }) => `import os
from anthropic import Anthropic

client = Anthropic(
    base_url="${origin}",
    api_key=os.environ["CLAVIGER_API_KEY"],
)

answer = client.messages.create(
    model="${model}",
    max_tokens=256,
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.content)
`,
  },
  {
    id: 'claude-code',
    title: 'Claude Code',
    operation: 'messages',
    where: 'In a shell, before claude; unset ANTHROPIC_API_KEY, if it is set',
    text: ({ origin, model }) => `export ANTHROPIC_BASE_URL=${origin}
export ANTHROPIC_AUTH_TOKEN="$CLAVIGER_API_KEY"
export ANTHROPIC_MODEL=${model}
claude
`,
  },
  {
    id: 'codex',
    title: 'Codex CLI',
    operation: 'responses',
    where: 'In ~/.codex/config.toml',
    text: ({ origin, model }) => `model = "${model}"
model_provider = "claviger"

[model_providers.claviger]
name = "Claviger"
base_url = "${origin}/v1"
env_key = "CLAVIGER_API_KEY"
wire_api = "responses"
`,
  },
  {
    id: 'vercel',
    title: 'Vercel AI SDK',
    operation: 'chat.completions',
    where: 'After npm install ai @ai-sdk/openai-compatible',
    text: ({ origin, model }) => `import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText } from 'ai'

const claviger = createOpenAICompatible({
  name: 'claviger',
  baseURL: '${origin}/v1',
  apiKey: process.env.CLAVIGER_API_KEY,
})

const { text } = await generateText({ model: claviger('${model}'), prompt: 'Hello' })
console.log(text)
`,
  },
  {
    id: 'langchain',
    title: 'LangChain',
    operation: 'chat.completions',
    where: 'After pip install langchain-openai',
    text: ({ origin, model }) => `import os
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(
    base_url="${origin}/v1",
    api_key=os.environ["CLAVIGER_API_KEY"],
    model="${model}",
)
print(llm.invoke("Hello").content)
`,
  },
]

/**
 * Whether a model's name may stand in a text that people paste into a shell or a program. An own model may be called
 * `x"$(…)`: whoever names models would run commands on the machines of those who use them.
 */
export function mayBePasted(model: string): boolean {
  return /^[\w./:@+-]+$/.test(model)
}
