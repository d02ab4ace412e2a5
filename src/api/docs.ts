import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env, Hono } from 'hono'
import { openapiDocument } from '../contract/openapi.ts'
import { docsPage } from './docs-page.ts'

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The description of the API: as OpenAPI for programs, as a page for people. Public, and the same for everybody. */
export function serveDocs<E extends Env>(hono: Hono<E>): void {
  const document = openapiDocument()
  const text = JSON.stringify(document)
  const page = String(docsPage(document))
  const style = readFileSync(join(import.meta.dirname, 'docs.css'), 'utf8')
  hono.get('/api/v1/openapi.json', (c) => c.body(text, 200, { 'content-type': 'application/json' }))
  hono.get('/api/docs', (c) => c.html(page, 200, { 'content-security-policy': PAGE_POLICY }))
  hono.get('/api/docs.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }))
}
