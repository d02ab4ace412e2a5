import { raiseFinding } from '../../src/actions/findings.ts'
import { createSession } from '../../src/actions/sessions.ts'
import { addShippedModule } from '../../src/actions/shipped-module.ts'
import { visitOf } from '../../src/app.ts'
import { insertNotice } from '../../src/db/notices.ts'
import { projectPlace } from '../../src/domain/place.ts'
import { newId } from '../../src/ids.ts'
import { sealAudit } from '../../src/jobs/seal-audit.ts'
import type { Keys } from './acme-keys.ts'
import type { Budgets } from './acme-money.ts'
import type { People, Places } from './acme-places.ts'
import type { Person, Stage } from './acme-stage.ts'

const DAY_MS = 86_400_000

export type Affairs = {
  /** Of every kind one that waits for a decision, by its kind. */
  requests: Record<string, string>
  document: string
}

type Acme = { people: People; places: Places; keys: Keys; budgets: Budgets }

/** What is going on: requests, training, findings, invitations, and how people sign in and hear of things. */
export async function beginAffairs(stage: Stage, acme: Acme): Promise<Affairs> {
  const document = await publishDocuments(stage, acme)
  const requests = await askForAccess(stage, acme)
  await findOddThings(stage, acme)
  await inviteAndConnect(stage, acme)
  await signInElsewhere(stage, acme)
  await sealAudit(stage.app)
  return { requests, document }
}

async function askForAccess(stage: Stage, { people, places, keys, budgets }: Acme) {
  const { make, say } = stage
  const { developer, builder, admin, owner } = people
  const { catalogue } = places.search.projects
  const until = fromNow(14)
  const ask = async (who: Person, kind: string, reason: string, body: object) => {
    const request = { body: { kind, reason: say(reason), ...body } }
    return (await make(who, 'accessRequestCreate', request)).id as string
  }
  const requests = {
    key: await ask(developer, 'key', 'A key for the new suggestion service, in staging first', {
      environmentId: catalogue.staging,
      name: say('suggest-api'),
      purpose: say('Completes what shoppers type'),
    }),
    model: await ask(developer, 'model', 'Compare answers for the ranking review', {
      projectId: catalogue.id,
      models: ['o4-mini'],
      until,
    }),
    budget: await ask(developer, 'budget', 'The launch doubles our calls for two weeks', {
      budgetId: budgets.at85,
      addUsd: '300',
      until,
    }),
    rate: await ask(developer, 'rate', 'Load test on Thursday', {
      rateLimitId: budgets.rateLimit,
      addRequestsPerMinute: 2_000,
      until,
    }),
    production: await ask(developer, 'production', 'On call next week', {
      projectId: catalogue.id,
      role: 'builder',
      until,
    }),
    team: await ask(developer, 'team', 'I help out at the help desk', {
      teamId: places.support.id,
      role: 'viewer',
      until,
    }),
    expiry: await ask(developer, 'expiry', 'The experiment runs until summer', {
      keyId: keys.expiring.id,
      expiresAt: fromNow(60),
    }),
  }
  const params = (accessRequestId: string) => ({ params: { accessRequestId } })
  const text = say('For how many shoppers a day?')
  await make(admin, 'accessRequestComment', { ...params(requests.budget), body: { text } })
  const approved = await ask(builder, 'team', 'I review their prompts', {
    teamId: places.search.id,
    role: 'viewer',
    until,
  })
  await make(owner, 'accessRequestApprove', { ...params(approved), body: { comment: say('Welcome') } })
  const denied = await ask(builder, 'model', 'Curious', {
    projectId: places.support.projects.helpdesk.id,
    models: ['gpt-5.5-pro'],
    until,
  })
  const reason = say('Use claude-sonnet-5 for drafts')
  await make(owner, 'accessRequestDeny', { ...params(denied), body: { reason } })
  return requests
}

async function publishDocuments({ app, make, say, owner }: Stage, { people, places }: Acme): Promise<string> {
  await addShippedModule(app)
  const about = { title: say('Working with AI at Acme'), required: false, validityDays: 365, graceDays: 14 }
  const { id: documentId } = await make(owner, 'documentCreate', { body: about })
  const quiz = [
    {
      question: say('Where does a key belong?'),
      options: [say('In the repository'), say('In the secret store')],
      correct: [1],
    },
  ]
  const body = `# ${say('Working with AI at Acme')}\n\n${say('Customer data stays in production.')}`
  await make(owner, 'documentPublish', { params: { documentId }, body: { body, quiz } })
  for (const person of [people.owner, people.admin, people.teamAdmin, people.analyst]) {
    const answer = { versionNumber: 1, answers: [[1]] }
    await make(person, 'documentAcknowledge', { params: { documentId }, body: answer })
  }
  const training = { title: say('Answering customers with a draft'), kind: 'training' }
  const { id } = await make(owner, 'documentCreate', { body: { ...training, teamIds: [places.support.id] } })
  await make(owner, 'documentPublish', {
    params: { documentId: id },
    body: { body: say('Read every draft before it is sent.') },
  })
  const exempt = { documentId: id, userId: people.builder.userId, reason: say('Wrote it') }
  await make(owner, 'exemptionCreate', { body: exempt })
  return documentId
}

async function findOddThings({ app, say }: Stage, { people, places, keys }: Acme): Promise<void> {
  const { helpdesk } = places.support.projects
  const place = projectPlace({ id: helpdesk.id, teamId: helpdesk.teamId })
  const raise = (kind: string, severity: 'low' | 'medium' | 'high', targetId: string) =>
    raiseFinding(app.as(), { kind, severity, targetId, place, detail: { seen: say('198.51.100.99') } })
  await raise('delivery-reopened', 'medium', keys.grace.id)
  await raise('delivery-reopened', 'medium', keys.grace.id)
  await raise('refresh-token-reused', 'high', people.builder.userId)
  await raise('key-known-to-leaver', 'low', keys.helpdesk.id)
}

async function inviteAndConnect(stage: Stage, { people, places }: Acme): Promise<void> {
  const { app, make, say, owner } = stage
  const { catalogue } = places.search.projects
  const invited = { email: 'sofia.rossi@acme.example', name: say('Sofia Rossi'), role: 'builder' }
  await make(owner, 'invitationCreate', { body: { ...invited, projectId: catalogue.id } })
  await make(owner, 'roleCreate', {
    body: {
      name: say('Cost controller'),
      basedOn: 'viewer',
      permissions: ['usage:read', 'budget:read', 'budget:create', 'budget:update'],
      scopeTypes: ['organization', 'team'],
    },
  })
  await make(owner, 'approvalRuleCreate', {
    body: { name: say('Small raises'), kind: 'budget', teamId: places.support.id, maxUsd: '20', maxDays: 7 },
  })
  await make(owner, 'tokenCreate', {
    body: { name: say('Terraform'), role: 'admin', production: true, expiresAt: fromNow(90) },
  })
  await make(people.teamAdmin, 'tokenCreate', {
    body: { name: say('Nightly report'), role: 'viewer', teamId: places.search.id },
  })
  await make(owner, 'trustRuleCreate', {
    body: {
      serviceAccountId: catalogue.program,
      environmentId: catalogue.staging,
      name: say('Cluster of the shop'),
      issuer: 'https://cluster.acme.example',
      audience: 'https://claviger.acme.example',
      claims: { sub: 'system:serviceaccount:shop:catalogue' },
    },
  })
  await make(owner, 'channelCreate', {
    body: { name: say('On call'), kind: 'webhook', address: 'https://hooks.acme.example/claviger' },
  })
  await make(owner, 'auditSinkCreate', {
    body: { name: say('SIEM'), address: 'https://siem.acme.example/claviger' },
  })
  await make(owner, 'connectionCreate', {
    body: {
      name: say('Acme sign-in'),
      issuer: 'https://login.acme.example',
      clientId: 'claviger',
      clientSecret: 'a-secret-of-the-client',
    },
  })
  const failed = { id: newId('ntc'), kind: 'access-request.create', email: people.admin.email }
  await insertNotice(app.db, { ...failed, failedAt: new Date(), lastError: say('550 mailbox is full') })
}

async function signInElsewhere({ app, say }: Stage, { people }: Acme): Promise<void> {
  const agents = [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
    'Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
  ]
  for (const { userId } of [people.owner, people.developer]) {
    for (const [i, agent] of agents.entries()) {
      const visit = visitOf(app, { ip: `203.0.113.${20 + i}`, userAgent: say(agent) })
      await createSession(visit, { userId, kind: 'browser', methods: ['pwd', 'otp'], mfa: true })
    }
  }
}

function fromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}
