import type { ChainedEvent, ChainHead, ChainLink } from './audit-chain.ts'

/*
 * Audit events for other people's systems: OCSF 1.6 (https://schema.ocsf.io/1.6.0) inside of CloudEvents 1.0
 * (https://github.com/cloudevents/spec). What OCSF has no word for is in `unmapped.claviger`, exactly as it was sealed.
 */

type OcsfClass = { uid: number; name: string; category: { uid: number; name: string } }

const IAM = { uid: 3, name: 'Identity & Access Management' }
const APPLICATION = { uid: 6, name: 'Application Activity' }
const ACCOUNT_CHANGE: OcsfClass = { uid: 3001, name: 'Account Change', category: IAM }
const AUTHENTICATION: OcsfClass = { uid: 3002, name: 'Authentication', category: IAM }
const USER_ACCESS: OcsfClass = { uid: 3005, name: 'User Access Management', category: IAM }
const API_ACTIVITY: OcsfClass = { uid: 6003, name: 'API Activity', category: APPLICATION }

const CLASS_OF_NOUN: Record<string, OcsfClass> = {
  session: AUTHENTICATION,
  'second-factor': AUTHENTICATION,
  user: ACCOUNT_CHANGE,
  profile: ACCOUNT_CHANGE,
  password: ACCOUNT_CHANGE,
  email: ACCOUNT_CHANGE,
  totp: ACCOUNT_CHANGE,
  passkey: ACCOUNT_CHANGE,
  'recovery-code': ACCOUNT_CHANGE,
  grant: USER_ACCESS,
  role: USER_ACCESS,
}

/** `activity_id` of what a verb means in each class; 99 is "Other". */
const ACTIVITY_OF_VERB: Record<number, Record<string, number>> = {
  [AUTHENTICATION.uid]: { create: 1, end: 2, revoke: 2, clear: 2, delete: 2 },
  [ACCOUNT_CHANGE.uid]: { create: 1, activate: 2, change: 3, reset: 4, deactivate: 5, delete: 6 },
  [USER_ACCESS.uid]: { create: 1, revoke: 2, expire: 2, delete: 2 },
  [API_ACTIVITY.uid]: {
    create: 1,
    export: 2,
    csv: 2,
    reveal: 2,
    update: 3,
    rotate: 3,
    suspend: 3,
    resume: 3,
    delete: 4,
    revoke: 4,
    archive: 4,
  },
}
const OTHER = 99

export type Product = { version: string; organizationId: string }

/** An event as OCSF says it. `unmapped` holds it whole, with its place in the chain. */
export function ocsfOf(event: ChainedEvent, link: ChainLink, { version }: Product): object {
  const [noun = '', verb = ''] = String(event.action).split('.')
  const { uid, name, category } = CLASS_OF_NOUN[noun] ?? API_ACTIVITY
  const activity = ACTIVITY_OF_VERB[uid]?.[verb] ?? OTHER
  const done = event.result === 'done'
  const user = { uid: event.user_id ?? event.actor_id, type_id: event.user_id === null ? 3 : 1 }
  return {
    category_uid: category.uid,
    category_name: category.name,
    class_uid: uid,
    class_name: name,
    activity_id: activity,
    type_uid: uid * 100 + activity,
    time: Date.parse(String(event.at)),
    severity_id: 1,
    status_id: done ? 1 : 2,
    metadata: {
      version: '1.6.0',
      uid: event.id,
      product: { name: 'Claviger', vendor_name: 'Claviger', version },
      ...(event.request_id === null ? {} : { correlation_uid: event.request_id }),
    },
    actor: { user, ...sessionOf(event) },
    ...(uid === API_ACTIVITY.uid ? {} : { user: accountOf(event, noun, user) }),
    ...(uid === API_ACTIVITY.uid ? { api: { operation: event.action } } : {}),
    ...(event.ip === null ? {} : { src_endpoint: { ip: event.ip } }),
    ...(event.user_agent === null ? {} : { http_request: { user_agent: event.user_agent } }),
    resources: [{ uid: event.target_id, type: noun }],
    unmapped: { claviger: { event, ...link } },
  }
}

/** An event as one CloudEvent. */
export function cloudEventOf(event: ChainedEvent, link: ChainLink, product: Product): object {
  return {
    specversion: '1.0',
    id: event.id,
    source: sourceOf(product.organizationId),
    type: `io.claviger.audit.${event.action}`,
    subject: event.target_id,
    time: event.at,
    datacontenttype: 'application/json',
    data: ocsfOf(event, link, product),
  }
}

export const HEAD_TYPE = 'io.claviger.audit.head'

/** A signed head as one CloudEvent. */
export function headCloudEvent(head: ChainHead): object {
  return {
    specversion: '1.0',
    id: `head-${head.position}`,
    source: sourceOf(head.organizationId),
    type: HEAD_TYPE,
    subject: String(head.position),
    time: head.signedAt,
    datacontenttype: 'application/json',
    data: head,
  }
}

function sourceOf(organizationId: string): string {
  return `/organization/${organizationId}`
}

function sessionOf({ session_id, methods }: ChainedEvent): object {
  if (typeof session_id !== 'string') return {}
  const many = Array.isArray(methods) ? methods : []
  return { session: { uid: session_id, is_mfa: many.length > 1 || many.includes('passkey') } }
}

/** The account that changed: of a user it is the target, else whoever did it. */
function accountOf({ target_id }: ChainedEvent, noun: string, actor: object): object {
  return noun === 'user' ? { uid: target_id, type_id: 1 } : actor
}
