import { accessCheck } from '../src/contract/access.ts'
import { accessRequestList } from '../src/contract/access-requests.ts'
import { acknowledgementList } from '../src/contract/acknowledgements.ts'
import { alertList } from '../src/contract/alerts.ts'
import { attestationList } from '../src/contract/attestations.ts'
import { auditList } from '../src/contract/audit.ts'
import { budgetList } from '../src/contract/budgets.ts'
import { documentDue } from '../src/contract/documents.ts'
import { findingList } from '../src/contract/findings.ts'
import { grantList } from '../src/contract/grants.ts'
import { keyExplain } from '../src/contract/key-explain.ts'
import { keyTraffic } from '../src/contract/key-traffic.ts'
import { keyList } from '../src/contract/keys.ts'
import { modelList } from '../src/contract/models.ts'
import { userReach } from '../src/contract/offboarding.ts'
import type { AnyOperation } from '../src/contract/operation.ts'
import { projectList } from '../src/contract/projects.ts'
import { requestList } from '../src/contract/requests.ts'
import { teamList } from '../src/contract/teams.ts'
import { USAGE_DIMENSIONS, usageReport } from '../src/contract/usage.ts'
import { userList } from '../src/contract/users.ts'

/** What the questions are about, all of one team; its oldest key is its busiest. */
export type Subject = {
  teamId: string
  projectId: string
  environmentId: string
  userId: string
  keyId: string
  providerId: string
  keyIds: string[]
}

export type Question = {
  name: string
  operation: AnyOperation
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
}

/** What the pages of a dashboard ask. */
export function questionsAbout({
  teamId,
  projectId,
  environmentId,
  userId,
  keyId,
  providerId,
  keyIds,
}: Subject): Question[] {
  return [
    ...['-30d', '-400d'].flatMap((from) => [
      ...[...ONE, ...TWO].map((by) => report(by, from)),
      report('day', from, { timeZone: 'Asia/Kolkata' }),
      report('day,team', from, { timeZone: 'America/Los_Angeles' }),
      report('day', from, { teamId }),
      report('key', from, { teamId }),
      report('day,model', from, { keyId }),
      report('day', from, { userId }),
      report('model', from, { environmentId }),
      report('team', from, { model: 'gpt-5' }),
      report('day', from, { providerId }),
      report('tag:feature', from, { projectId }),
    ]),
    report('hour', '-7d'),
    report('hour,model', '-7d', { timeZone: 'Asia/Kolkata' }),
    report('hour,key', '-7d', { teamId }),
    report('model', '-30d', { tag: 'feature=chat' }),
    {
      name: 'usage by model, 400 days, without a price',
      operation: usageReport,
      query: { by: 'model', from: '-400d', priced: 'false' },
    },
    { name: 'keyTraffic', operation: keyTraffic, params: { keyId } },
    list(requestList),
    list(requestList, { limit: '200' }),
    list(requestList, { from: '-30d', failed: 'true' }),
    list(requestList, { teamId }),
    list(requestList, { projectId }),
    list(requestList, { environmentId }),
    list(requestList, { keyId, failed: 'true' }),
    list(requestList, { priced: 'false' }),
    list(requestList, { userId }),
    list(requestList, { model: 'house/llama-70b', status: '502' }),
    list(requestList, { providerId, operation: 'embeddings' }),
    list(keyList, { limit: '200' }),
    list(keyList, { teamId }),
    list(keyList, { state: 'suspended' }),
    list(keyList, { q: 'nightly' }),
    list(keyList, { q: 'no such thing' }),
    list(userList, { limit: '200' }),
    list(userList, { q: 'ada' }),
    list(teamList),
    list(teamList, { q: 'pay' }),
    list(projectList, { q: 'agents' }),
    list(budgetList, { limit: '200' }),
    list(auditList),
    list(auditList, { teamId }),
    list(grantList, { limit: '200' }),
    list(grantList, { teamId }),
    list(findingList),
    list(alertList),
    list(accessRequestList),
    list(attestationList),
    list(acknowledgementList),
    list(documentDue),
    list(modelList),
    { name: 'keyExplain', operation: keyExplain, params: { keyId }, body: { model: 'gpt-5' } },
    { name: 'userReach', operation: userReach, params: { userId } },
    {
      name: 'accessCheck of 200 keys',
      operation: accessCheck,
      body: { targets: keyIds.slice(0, 200).map((id) => ({ type: 'key', id })) },
    },
  ]
}

const ONE = [...USAGE_DIMENSIONS.filter((name) => name !== 'hour'), 'tag:feature']
const TWO = ['day,team', 'day,model', 'team,model', 'key,model', 'user,model', 'day,tag:feature']

function report(by: string, from: string, query: Record<string, string> = {}): Question {
  const narrowed = Object.entries(query).map(([name, value]) =>
    name === 'timeZone' ? ` in ${value}` : `, of one ${name.replace('Id', '')}`,
  )
  return {
    name: `usage by ${by}, ${from.slice(1, -1)} days${narrowed.join('')}`,
    operation: usageReport,
    query: { by, from, limit: '1000', ...query },
  }
}

function list(operation: AnyOperation, query: Record<string, string> = {}): Question {
  const told = Object.entries(query).map(([name, value]) =>
    name.endsWith('Id') ? `one ${name.slice(0, -2)}` : `${name} ${value}`,
  )
  return { name: [operation.name, ...told].join(', '), operation, query }
}
