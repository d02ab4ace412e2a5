import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { acknowledgeDocument, listDueDocuments } from '../../actions/acknowledgements.ts'
import { viewDocument } from '../../actions/documents.ts'
import type { App, Ctx } from '../../app.ts'
import type { documentDue, documentView } from '../../contract/documents.ts'
import type { Output } from '../../contract/operation.ts'
import { AppError } from '../../domain/errors.ts'
import { renderMarkdown } from '../../domain/markdown.ts'
import { type Markup, page, readForm } from './layout.ts'
import { signedIn, toSignIn } from './viewer.ts'

type Readable = Output<typeof documentView>
type Question = Readable['questions'][number]

const ID = /^doc_[0-9A-HJKMNP-TV-Z]{26}$/

/** Where people read what concerns them, answer its questions and acknowledge it. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, pages do not look at it.
export function serveTrainingPages(hono: Hono<any>, app: App): void {
  hono.get('/training', async (c) => {
    const ctx = await signedIn(c, app)
    if (!ctx) return toSignIn(c)
    return page(c, app, { title: 'To read', body: overview((await listDueDocuments(ctx)).data) })
  })

  hono.get('/training/:documentId', async (c) => {
    const ctx = await signedIn(c, app)
    if (!ctx) return toSignIn(c)
    const found = await find(ctx, c.req.param('documentId'))
    if (!found) return page(c, app, { title: 'Not found', body: missing(), status: 404 })
    return page(c, app, { title: found.document.title, body: reading(found, []) })
  })

  hono.post('/training/:documentId', async (c) => {
    const ctx = await signedIn(c, app)
    if (!ctx) return toSignIn(c)
    const found = await find(ctx, c.req.param('documentId'))
    if (!found) return page(c, app, { title: 'Not found', body: missing(), status: 404 })
    const { title } = found.document
    const fields = await readForm(c, app, ['version', ...found.questions.flatMap(namesOf)])
    const answers = found.questions.map((question, index) => answerOf(question, index, fields))
    const again = (problem: string, status: 400 | 409) =>
      page(c, app, { title, body: reading(found, answers, problem), status })
    const unanswered = answers.filter((answer) => answer.length === 0).length
    if (unanswered > 0) return again('Please answer every question.', 400)
    try {
      const result = await acknowledgeDocument(ctx, {
        params: { documentId: found.document.id },
        query: {},
        body: { versionNumber: Number(fields.version), answers },
      })
      if (result.passed) return page(c, app, { title, body: thanks(title, result.expiresAt) })
      return again(
        `${result.scorePercent} % of your answers were right, and it takes ${result.passPercent} %. Read the text once more, then try again.`,
        400,
      )
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error
      return again('There is a new version of this text. Please read this one.', 409)
    }
  })
}

/** What may be read here: a document in force. */
async function find(ctx: Ctx, documentId: string): Promise<Readable | null> {
  if (!ID.test(documentId)) return null
  try {
    const found = await viewDocument(ctx, { params: { documentId }, query: {}, body: undefined as never })
    return found.body === null || found.document.archivedAt !== null ? null : found
  } catch (error) {
    // Who may not know of it gets what they get for one that is not there.
    if (error instanceof AppError && ['not_found', 'forbidden'].includes(error.code)) return null
    throw error
  }
}

/** One field for a question with one answer; one for each option where several are right. */
function namesOf({ several, options }: Question, index: number): string[] {
  return several ? options.map((_, place) => `q${index}.${place}`) : [`q${index}`]
}

function answerOf({ several, options }: Question, index: number, fields: Record<string, string>): number[] {
  if (several) return options.flatMap((_, place) => (fields[`q${index}.${place}`] ? [place] : []))
  const chosen = fields[`q${index}`] ?? ''
  return /^\d$/.test(chosen) ? [Number(chosen)] : []
}

function overview(due: Output<typeof documentDue>['data']): Markup {
  if (due.length === 0) {
    return html`<h1>Nothing to read</h1>
<p>You have read all that concerns you.</p>`
  }
  return html`<h1>To read</h1>
<p>These concern you, and you have not acknowledged them yet.</p>
<ul class="documents">
  ${due.map(
    ({ documentId, title, required, overdue, dueBy }) => html`<li>
    <a href="/training/${documentId}">${title}</a>
    <span>${
      !required
        ? 'When you have time'
        : overdue
          ? 'Needed before you create or rotate a key'
          : `Please read it by ${dayOf(dueBy)}`
    }</span>
  </li>`,
  )}
</ul>`
}

function reading({ document, body, questions }: Readable, answers: number[][], problem?: string): Markup {
  const asked = questions.length > 0
  return html`<article>
<h1>${document.title}</h1>
${problem ? html`<p class="error" role="alert">${problem}</p>` : ''}
${raw(renderMarkdown(withoutTitle(body ?? '', document.title)))}
<form method="post" action="/training/${document.id}">
  <input type="hidden" name="version" value="${document.current?.number ?? 0}">
  ${asked ? html`<h2>${questions.length === 1 ? 'One question' : `${questions.length} questions`}</h2>` : ''}
  ${questions.map((question, index) => field(question, index, answers[index] ?? []))}
  <button type="submit">${asked ? 'Send my answers' : 'I have read this and will keep to it'}</button>
  ${asked ? html`<p class="hint">By sending them you say that you have read this and will keep to it.</p>` : ''}
</form>
</article>`
}

function field({ question, options, several }: Question, index: number, chosen: number[]): Markup {
  return html`<fieldset>
  <legend>${question}</legend>
  ${options.map((option, place) => {
    const name = several ? `q${index}.${place}` : `q${index}`
    const checked = chosen.includes(place) ? raw(' checked') : ''
    return html`<label class="option"><input type="${several ? 'checkbox' : 'radio'}" name="${name}" value="${
      several ? 1 : place
    }"${checked}> <span>${option}</span></label>`
  })}
</fieldset>`
}

function thanks(title: string, expiresAt: string | null): Markup {
  return html`<h1>Thank you</h1>
<p>You have acknowledged “${title}”.${expiresAt === null ? '' : ` It lasts until ${dayOf(expiresAt)}; we will remind you.`}</p>
<p><a href="/training">What else there is to read</a></p>`
}

function missing(): Markup {
  return html`<h1>There is nothing to read here</h1>
<p>It may have been archived. <a href="/training">What there is to read</a></p>`
}

/** A text that begins with its own title does not show it twice. */
function withoutTitle(body: string, title: string): string {
  const [first = '', ...rest] = body.split('\n')
  return first.replace(/^#\s+/, '').trim() === title ? rest.join('\n') : body
}

function dayOf(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}
