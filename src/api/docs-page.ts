import { html } from 'hono/html'
import type { OpenapiDocument, OpenapiOperation, Schema } from '../contract/openapi.ts'

/** The whole document as one page: no script, nothing from elsewhere. */
export function docsPage(document: OpenapiDocument) {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? '')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${document.info.title} API</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<nav aria-label="Operations">
  <a class="title" href="#top">${document.info.title} API</a>
  ${[...groups].map(
    ([group, operations]) => html`<details><summary>${words(group)}</summary>
    <ul>${operations.map(({ operation }) => html`<li><a href="#${operation.operationId}">${titleOf(operation)}</a></li>`)}</ul></details>`,
  )}
  <details><summary>Schemas</summary>
    <ul>${Object.keys(document.components.schemas).map((name) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul></details>
</nav>
<main id="top">
  <h1>${document.info.title} API</h1>
  <p>${document.info.description}</p>
  <p>Send an API token as <code>Authorization: Bearer cvg_tok_…</code>. The machine-readable form of this page is
  <a href="/api/v1/openapi.json">openapi.json</a>.</p>
  ${[...groups].map(([group, operations]) => html`<h2>${words(group)}</h2>${operations.map(operationSection)}`)}
  <h2>Schemas</h2>
  ${Object.entries(document.components.schemas).map(
    ([name, schema]) => html`<section id="schema-${name}"><h3>${name}</h3>${answerBody(schema)}</section>`,
  )}
</main>
</body>
</html>`
}

type Entry = { path: string; method: string; operation: OpenapiOperation }

function operationSection({ path, method, operation }: Entry) {
  const permission = operation['x-permission']
  const { parameters } = operation
  const body = operation.requestBody?.content['application/json']?.schema
  const answers = Object.entries(operation.responses).filter(([status]) => status !== 'default')
  const [, ...more] = operation.summary.split('. ')
  return html`<section id="${operation.operationId}">
  <h3><a href="#${operation.operationId}">${titleOf(operation)}</a></h3>
  ${more.length > 0 ? html`<p>${more.join('. ')}.</p>` : ''}
  <p class="call"><b class="${method}">${method.toUpperCase()}</b> <code>/api${path}</code></p>
  <p class="needs">${permission ? html`Needs <code>${permission}</code>` : 'Needs no sign-in'}</p>
  ${parameters.length > 0 ? html`<h4>Parameters</h4><dl>${parameters.map((one) => field(one.name, one.schema, one.required, `in ${one.in}`, one.description))}</dl>` : ''}
  ${body ? html`<h4>Body</h4>${schemaBody(body)}` : ''}
  ${answers.map(([status, { content }]) => {
    const schema = content?.['application/json']?.schema
    return html`<h4>Answer ${status}</h4>${schema ? answerBody(schema) : html`<p>Empty</p>`}`
  })}
  ${operation['x-cli'].length > 0 ? html`<h4>Command line</h4><pre tabindex="0">${operation['x-cli'].join('\n')}</pre>` : ''}
</section>`
}

/** The first sentence of the summary; the page says the rest below it. */
function titleOf({ summary }: OpenapiOperation): string {
  return summary.split('. ')[0] ?? summary
}

/** `service-account` → `Service account` */
function words(group: string): string {
  return `${group.charAt(0).toUpperCase()}${group.slice(1)}`.replaceAll('-', ' ')
}

/** What we answer is always whole: only of what we are sent is it worth saying which fields must be there. */
function answerBody(schema: Schema): unknown {
  const text = JSON.stringify(schema, (key, value) =>
    key === 'required' && Array.isArray(value) ? undefined : value,
  )
  return schemaBody(JSON.parse(text))
}

/** An object's fields, or the one line that says what a schema is. */
function schemaBody(schema: Schema): unknown {
  const { properties, required = [] } = schema
  if (!properties) return html`<p>${typeName(schema)}</p>`
  return html`<dl>${Object.entries(properties).map(([name, one]) => field(name, one, required.includes(name), '', one.description))}</dl>`
}

function field(
  name: string,
  schema: Schema,
  required: boolean,
  place: string,
  description: string | undefined,
): unknown {
  const inner = [schema, schema.items, ...(schema.anyOf ?? [])].find((one) => one?.properties)
  return html`<dt><code>${name}</code> <span class="type">${typeName(schema)}</span>
    ${place ? html`<span class="place">${place}</span>` : ''}${required ? html`<span class="required">required</span>` : ''}</dt>
  <dd>${description ?? ''}${schema.default == null ? '' : html` <span class="default">default <code>${JSON.stringify(schema.default)}</code></span>`}
    ${schema['x-shown-once'] ? html` <span class="required">in this answer only</span>` : ''}
    ${inner ? html`<details><summary>fields</summary>${schemaBody(inner)}</details>` : ''}</dd>`
}

function typeName(schema: Schema): unknown {
  if (schema.$ref) {
    const name = schema.$ref.replace('#/components/schemas/', '')
    return html`<a href="#schema-${name}">${name}</a>`
  }
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map((one, i) => html`${i > 0 ? ' or ' : ''}${typeName(one)}`)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.items) return html`list of ${typeName(schema.items)}`
  const type = [schema.type ?? 'any'].flat().join(' or ')
  return schema.format ? `${type} (${schema.format})` : type
}
