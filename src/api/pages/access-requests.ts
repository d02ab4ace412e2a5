import type { Hono } from 'hono'
import { html } from 'hono/html'
import { approveAccessRequest, denyAccessRequest } from '../../actions/access-request-decisions.ts'
import { listAccessRequestsFor, viewAccessRequest } from '../../actions/access-requests.ts'
import { viewEnvironment } from '../../actions/environments.ts'
import { viewProject } from '../../actions/projects.ts'
import { viewTeam } from '../../actions/teams.ts'
import type { App, Ctx } from '../../app.ts'
import { AppError } from '../../domain/errors.ts'
import { accessRequestPage, accessRequestsPage, approvalOf, denialOf } from './access-request-page.ts'
import { confirmed, PROOF_FIELDS } from './confirm.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { NARROW_FIELDS, narrowProblem, readNarrowing } from './narrow.ts'
import { statusOf } from './status.ts'
import { signedIn, toSignIn } from './viewer.ts'

const MOST_SHOWN = 50
const NOTHING = undefined as never

/** Where people read requests and decide about them: what links in notices lead to. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, these pages do not look at it.
export function serveAccessRequestPages(hono: Hono<any>, app: App): void {
  hono.get('/access-requests', async (c) => {
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    const list = async (view: 'inbox' | 'mine') => {
      const query = { view, limit: MOST_SHOWN }
      return (await listAccessRequestsFor(viewer, { params: {}, query, body: NOTHING })).data
    }
    const body = accessRequestsPage(await list('inbox'), await list('mine'))
    return page(c, app, { title: 'Access requests', body })
  })

  hono.get('/access-requests/:accessRequestId', async (c) => {
    const viewer = await signedIn(c, app)
    return viewer ? show(c, app, viewer) : toSignIn(c)
  })

  decide('approve', 'Approve the request', NARROW_FIELDS, async (ctx, accessRequestId, fields) => {
    const params = { accessRequestId }
    const { request } = await viewAccessRequest(ctx, { params, query: {}, body: NOTHING })
    return approveAccessRequest(ctx, { params, query: {}, body: readNarrowing(request, fields) })
  })
  decide('deny', 'Deny the request', ['reason'], (ctx, accessRequestId, { reason = '' }) =>
    denyAccessRequest(ctx, { params: { accessRequestId }, query: {}, body: { reason } }),
  )

  function decide(
    verb: 'approve' | 'deny',
    title: string,
    names: string[],
    work: (ctx: Ctx, accessRequestId: string, fields: Record<string, string>) => Promise<unknown>,
  ): void {
    hono.post(`/access-requests/:accessRequestId/${verb}`, async (c) => {
      const fields = await readForm(c, app, [...names, ...PROOF_FIELDS])
      const viewer = await signedIn(c, app)
      if (!viewer) return c.redirect('/sign-in?to=/access-requests', 303)
      const accessRequestId = c.req.param('accessRequestId') ?? ''
      try {
        if (names.includes('reason') && !fields.reason?.trim()) {
          throw new AppError('invalid_request', 'Say why you deny it.')
        }
        const operation = verb === 'approve' ? 'accessRequestApprove' : 'accessRequestDeny'
        const about = () => aboutTo(viewer, verb, accessRequestId, fields)
        return await confirmed(c, app, viewer, { title, operation, fields, about }, async (ctx) => {
          await work(ctx, accessRequestId, fields)
          return c.redirect(`/access-requests/${accessRequestId}`, 303)
        })
      } catch (error) {
        if (error instanceof AppError) return show(c, app, viewer, error)
        throw error
      }
    })
  }
}

/** What a decision comes to, by the form that it was made in. */
async function aboutTo(
  viewer: Ctx,
  verb: 'approve' | 'deny',
  accessRequestId: string,
  fields: Record<string, string>,
): Promise<Markup> {
  const params = { accessRequestId }
  const { request } = await viewAccessRequest(viewer, { params, query: {}, body: NOTHING })
  if (verb === 'deny') return denialOf(request, fields.reason ?? '')
  return approvalOf(request, await whereOf(viewer, request), readNarrowing(request, fields))
}

async function show(c: PageContext, app: App, viewer: Ctx, problem?: AppError): Promise<Response> {
  const params = { accessRequestId: c.req.param('accessRequestId') ?? '' }
  try {
    const found = await viewAccessRequest(viewer, { params, query: {}, body: NOTHING })
    const where = await whereOf(viewer, found.request)
    const body = accessRequestPage(
      found,
      where,
      viewer.actor.userId,
      problem && (narrowProblem(problem) ?? problem.message),
    )
    const status = problem ? statusOf(problem) : 200
    return await page(c, app, { title: 'Access request', body, status })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const body = html`<h1>Not here</h1>
<p>${error.message}</p>`
    return page(c, app, { title: 'Access request', body, status: statusOf(error) })
  }
}

/** Where it reaches, in names; in ids as far as the viewer may not look there. */
async function whereOf(
  viewer: Ctx,
  { teamId, projectId, targetId }: { teamId: string; projectId: string | null; targetId: string },
): Promise<string> {
  const asked = { query: {}, body: NOTHING }
  const nameOf = (id: string, view: () => Promise<{ name: string }>) =>
    view().then(
      ({ name }) => name,
      (error) => {
        if (error instanceof AppError) return id
        throw error
      },
    )
  const names = [await nameOf(teamId, () => viewTeam(viewer, { params: { teamId }, ...asked }))]
  if (projectId !== null) {
    names.push(await nameOf(projectId, () => viewProject(viewer, { params: { projectId }, ...asked })))
  }
  if (targetId.startsWith('env_')) {
    const params = { environmentId: targetId }
    names.push(await nameOf(targetId, () => viewEnvironment(viewer, { params, ...asked })))
  } else if (targetId !== teamId && targetId !== projectId) {
    names.push(targetId)
  }
  return names.join(' / ')
}
