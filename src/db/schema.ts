// Printed from migrations/ by `npm run gen`. Do not edit.

import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

/** Read as parsed JSON, written as its text. */
type Json<Text> = ColumnType<unknown, Text, Exclude<Text, undefined>>

export interface AccessRequestEvents {
  id: string
  requestId: string
  userId: string | null
  kind: 'comment' | 'approve' | 'deny' | 'narrow' | 'withdraw' | 'lapse' | 'end'
  text: string | null
  terms: Json<string | null | undefined>
  at: Generated<Date>
  voidedAt: Date | null
}

export interface AccessRequests {
  id: string
  requesterId: string
  kind: 'key' | 'model' | 'budget' | 'rate' | 'production' | 'team' | 'expiry'
  teamId: string
  projectId: string | null
  production: boolean
  targetType: 'team' | 'project' | 'environment' | 'key' | 'budget' | 'rate_limit'
  targetId: string
  terms: Json<string>
  narrowed: Json<string | null | undefined>
  reason: string
  approvalsNeeded: number
  state: Generated<'pending' | 'approved' | 'denied' | 'withdrawn' | 'lapsed' | 'ended'>
  autoRuleId: string | null
  effects: Json<string | null | undefined>
  createdAt: Generated<Date>
  decidedAt: Date | null
  endsAt: Date | null
  endedAt: Date | null
  version: Generated<number>
}

export interface Acknowledgements {
  id: string
  versionId: string
  userId: string
  scorePercent: number | null
  at: Generated<Date>
  expiresAt: Date | null
  ip: string | null
}

export interface Alerts {
  id: string
  kind: 'budget.threshold' | 'budget.projected' | 'budget.refusing' | 'budget.exhausted'
  budgetId: string
  windowStart: Date
  windowEnd: Date
  percent: number | null
  refusedCalls: number | null
  limitNanoUsd: bigint
  spentNanoUsd: bigint
  projectedNanoUsd: bigint | null
  runsOutAt: Date | null
  summary: string
  told: number
  raisedAt: Date
}

export interface ApiTokens {
  id: string
  userId: string | null
  name: string
  roleId: string | null
  teamId: string | null
  hash: string
  hint: string
  createdAt: Generated<Date>
  expiresAt: Date | null
  revokedAt: Date | null
  serviceAccountId: string | null
  projectId: string | null
  production: Generated<boolean>
  lastUsedAt: Date | null
}

export interface ApprovalRules {
  id: string
  name: string
  scopeType: 'organization' | 'team' | 'project'
  teamId: string | null
  projectId: string | null
  kind: 'key' | 'model' | 'budget' | 'rate' | 'team' | 'expiry'
  models: string[] | null
  maxUsdNano: bigint | null
  maxDays: number | null
  createdBy: string
  createdAt: Generated<Date>
  deletedAt: Date | null
  version: Generated<number>
}

export interface AuditChain {
  position: bigint
  eventSeq: bigint
  hash: Buffer
}

export interface AuditEvents {
  seq: GeneratedAlways<bigint>
  id: string
  at: Generated<Date>
  transactionId: Generated<string>
  actorKind: 'session' | 'token' | 'workload' | 'job' | 'setup' | 'nobody'
  actorId: string
  userId: string | null
  action: string
  targetId: string
  teamId: string | null
  before: Json<string | null | undefined>
  after: Json<string | null | undefined>
  reason: string | null
  requestId: string | null
  ip: string | null
  projectId: string | null
  result: Generated<'done' | 'denied' | 'failed'>
  sessionId: string | null
  methods: Generated<string[]>
  userAgent: string | null
}

export interface AuditHeads {
  position: bigint
  hash: Buffer
  signedAt: Date
  keyId: string
  signature: Buffer
}

export interface AuditSinks {
  id: string
  name: string
  kind: 'webhook' | 'file' | 'syslog'
  target: string
  sealedDataKey: Buffer | null
  sealedSecret: Buffer | null
  required: Generated<boolean>
  sentPosition: Generated<bigint>
  sentHead: Generated<bigint>
  failingSince: Date | null
  nextTryAt: Generated<Date>
  lastError: string | null
  createdAt: Generated<Date>
  deletedAt: Date | null
  version: Generated<number>
  secretVersion: Generated<number>
}

export interface AuditUnsealed {
  seq: bigint
}

export interface AuthorizationCodes {
  hash: string
  sessionId: string
  redirectUri: string
  challenge: string
  expiresAt: Date
  usedAt: Date | null
  madeSessionId: string | null
}

export interface BudgetAlerts {
  budgetId: string
  windowStart: Date
  threshold: number
  raisedAt: Generated<Date>
  limitNanoUsd: bigint
  spentNanoUsd: bigint
  toldAt: Date | null
}

export interface BudgetBurn {
  budgetId: string
  at: Generated<Date>
  windowStart: Date
  spentNanoUsd: bigint
}

export interface BudgetLooks {
  budgetId: string
  windowStart: Date
  notedAt: Generated<Date>
}

export interface BudgetRaises {
  id: string
  budgetId: string
  amountNanoUsd: bigint
  reason: string
  requestId: string | null
  createdAt: Generated<Date>
  endsAt: Date
  endedAt: Date | null
}

export interface BudgetWindows {
  budgetId: string
  windowStart: Date
  windowEnd: Date
  limitNanoUsd: bigint
  spentNanoUsd: Generated<bigint>
  leasedNanoUsd: Generated<bigint>
  overNanoUsd: Generated<bigint>
}

export interface Budgets {
  id: string
  scopeType: string
  scopeId: string
  name: string
  kind: 'hard' | 'soft'
  period: 'day' | 'week' | 'month' | 'quarter' | 'rolling_24h' | 'total' | 'credits'
  timeZone: string
  limitNanoUsd: bigint
  onShort: Generated<'clamp' | 'deny'>
  thresholds: Generated<number[]>
  providerId: string | null
  modelPattern: string | null
  createdAt: Generated<Date>
  deletedAt: Date | null
  version: Generated<number>
  proratedStart: Date | null
  proratedNanoUsd: bigint | null
  throttleAtPercent: number | null
  throttleRequestsPerMinute: number | null
  suspendAtPercent: number | null
  perMember: Generated<boolean>
  memberOf: string | null
  userId: string | null
  ownLimit: Generated<boolean>
}

export interface Channels {
  id: string
  name: string
  kind: 'slack' | 'webhook'
  teamId: string | null
  events: string[]
  host: string
  sealedDataKey: Buffer
  sealedSecret: Buffer
  secretVersion: Generated<number>
  createdAt: Generated<Date>
  deletedAt: Date | null
  version: Generated<number>
}

export interface ConnectionDomains {
  domain: string
  connectionId: string
}

export interface ConnectionMappings {
  id: string
  connectionId: string
  claim: string
  value: string
  roleId: string
  teamId: string | null
  projectId: string | null
  production: Generated<boolean>
  createdBy: string
  createdAt: Generated<Date>
}

export interface Connections {
  id: string
  name: string
  issuer: string
  clientId: string
  sealedDataKey: Buffer | null
  sealedSecret: Buffer | null
  secretVersion: Generated<number>
  scopes: string[]
  mfaValues: string[]
  defaultRole: string | null
  enabled: Generated<boolean>
  enforced: Generated<boolean>
  testedAt: Date | null
  testedBy: string | null
  createdAt: Generated<Date>
  archivedAt: Date | null
  version: Generated<number>
}

export interface CredentialHealth {
  credentialId: string
  testedAt: Date | null
  testWorks: boolean | null
  testDetail: string | null
  calledAt: Date | null
  failedAt: Date | null
  failedStatus: number | null
  limits: Json<string | null | undefined>
  limitsAt: Date | null
}

export interface Credentials {
  id: string
  providerId: string
  name: string
  sealedDataKey: Buffer
  sealedSecret: Buffer
  secretVersion: Generated<number>
  hint: string
  fingerprint: string
  weight: Generated<number>
  state: Generated<'active' | 'disabled' | 'parked'>
  parkedReason: string | null
  parkedUntil: Date | null
  createdAt: Generated<Date>
  version: Generated<number>
  secretAt: Generated<Date>
}

export interface Credits {
  id: string
  budgetId: string
  amountNanoUsd: bigint
  reason: string
  createdBy: string
  createdAt: Generated<Date>
  expiresAt: Date | null
  usedNanoUsd: Generated<bigint>
  overAt: Date | null
  endedBy: string | null
  endReason: string | null
  toldAt: Date | null
  noticedDays: number | null
}

export interface Deliveries {
  id: string
  keyId: string
  userId: string
  graceSeconds: Generated<number>
  createdBy: string
  createdAt: Generated<Date>
  expiresAt: Date
  openedAt: Date | null
  voidedAt: Date | null
}

export interface Denials {
  actorKind: 'session' | 'token'
  actorId: string
  userId: string | null
  action: string
  targetId: string
  unsaid: Generated<number>
  saidAt: Generated<Date>
}

export interface DeviceCodes {
  hash: string
  userCodeHash: string
  clientName: string
  ip: string | null
  userAgent: string | null
  createdAt: Generated<Date>
  expiresAt: Date
  intervalSeconds: Generated<number>
  lastPollAt: Date | null
  decidedAt: Date | null
  sessionId: string | null
  usedAt: Date | null
}

export interface DocumentReminders {
  versionId: string
  userId: string
  remindedAt: Generated<Date>
}

export interface DocumentVersions {
  id: string
  documentId: string
  number: number
  body: string
  quiz: Json<string | undefined>
  passPercent: Generated<number>
  publishedAt: Generated<Date>
  publishedBy: string
}

export interface Documents {
  id: string
  title: string
  kind: 'policy' | 'training'
  teamIds: Generated<string[]>
  roleIds: Generated<string[]>
  required: Generated<boolean>
  validityDays: number | null
  graceDays: Generated<number>
  shipped: string | null
  createdAt: Generated<Date>
  archivedAt: Date | null
  version: Generated<number>
}

export interface EmailChanges {
  id: string
  userId: string
  oldEmail: string
  newEmail: string
  hash: string
  stopHash: string
  createdAt: Generated<Date>
  expiresAt: Date
  stoppableUntil: Date
  confirmedAt: Date | null
  stoppedAt: Date | null
}

export interface EmailTokens {
  id: string
  hash: string
  userId: string
  email: string
  createdAt: Generated<Date>
  expiresAt: Date
  usedAt: Date | null
}

export interface EnvironmentCredentials {
  environmentId: string
  credentialId: string
}

export interface Environments {
  id: string
  projectId: string
  name: string
  kind: 'development' | 'staging' | 'production'
  createdAt: Generated<Date>
  archivedAt: Date | null
  version: Generated<number>
}

export interface Exemptions {
  id: string
  documentId: string
  userId: string
  reason: string
  createdBy: string
  createdAt: Generated<Date>
  until: Date | null
  revokedAt: Date | null
}

export interface Findings {
  id: string
  kind: string
  severity: 'low' | 'medium' | 'high'
  targetId: string
  teamId: string | null
  projectId: string | null
  detail: Json<string | undefined>
  count: Generated<number>
  firstSeenAt: Generated<Date>
  lastSeenAt: Generated<Date>
  resolvedAt: Date | null
  resolvedBy: string | null
  resolution: string | null
}

export interface Grants {
  id: string
  userId: string | null
  serviceAccountId: string | null
  roleId: string
  scopeType: 'organization' | 'team' | 'project'
  teamId: string | null
  projectId: string | null
  production: Generated<boolean>
  source: 'setup' | 'migration' | 'direct' | 'invitation' | 'sso' | 'request'
  sourceId: string | null
  createdBy: string
  createdAt: Generated<Date>
  expiresAt: Date | null
  revokedAt: Date | null
}

export interface IdempotencyKeys {
  actorId: string
  key: string
  operation: string
  bodyHash: string
  status: number
  response: Json<string | null | undefined>
  createdAt: Generated<Date>
}

export interface Identities {
  id: string
  connectionId: string
  issuer: string
  subject: string
  userId: string
  email: string | null
  linkedAt: Generated<Date>
  lastSignInAt: Date | null
}

export interface Installation {
  singleton: Generated<boolean>
  rootKeyCheck: string
  createdAt: Generated<Date>
}

export interface InvitationRoles {
  invitationId: string
  number: number
  roleId: string
  teamId: string | null
  projectId: string | null
  production: Generated<boolean>
  expiresAt: Date | null
}

export interface Invitations {
  id: string
  email: string
  name: string | null
  hash: string
  invitedBy: string
  createdAt: Generated<Date>
  expiresAt: Date
  acceptedAt: Date | null
  acceptedBy: string | null
  revokedAt: Date | null
}

export interface KeySecrets {
  id: string
  keyId: string
  hash: string
  hint: string
  createdAt: Generated<Date>
  expiresAt: Date | null
  lastUsedAt: Date | null
}

export interface Keys {
  id: string
  environmentId: string
  userId: string | null
  serviceAccountId: string | null
  name: string
  purpose: string | null
  tags: Json<string | undefined>
  state: 'pending' | 'active' | 'suspended' | 'revoked' | 'expired'
  suspendedReason: string | null
  suspendedBy: string | null
  resumeAt: Date | null
  notBefore: Date | null
  expiresAt: Date | null
  createdBy: string
  createdAt: Generated<Date>
  revokedAt: Date | null
  version: Generated<number>
  application: string | null
  attestedAt: Date | null
  attestedBy: string | null
  attestationNotices: Generated<number>
  attestationNoticedAt: Date | null
}

export interface KnownDevices {
  hash: string
  userId: string
  lastUsedAt: Generated<Date>
}

export interface Leases {
  budgetId: string
  windowStart: Date
  nodeId: string
  amountNanoUsd: bigint
  takenAt: Generated<Date>
  turn: Generated<bigint>
  givenBackAt: Date | null
}

export interface LedgerCorrections {
  id: string
  budgetId: string
  windowStart: Date
  amountNanoUsd: bigint
  nodeId: string
  madeAt: Generated<Date>
}

export interface LogoutTokens {
  jtiHash: string
  expiresAt: Date
}

export interface Migrations {
  name: string
  checksum: string
  appliedAt: Generated<Date>
}

export interface Models {
  id: string
  name: string
  providerId: string
  upstreamModel: string
  rates: Json<string | null | undefined>
  contextWindow: number | null
  maxOutputTokens: number | null
  createdAt: Generated<Date>
  version: Generated<number>
}

export interface Nodes {
  id: string
  gateway: boolean
  run: bigint
  startedAt: Date
  heartbeatAt: Date
  trustedUntil: Date
  stoppedAt: Date | null
}

export interface Notices {
  id: string
  kind: string
  userId: string | null
  email: string | null
  channelId: string | null
  sealedDataKey: Buffer | null
  sealedSecret: Buffer | null
  createdAt: Generated<Date>
  dueAt: Generated<Date>
  attempts: Generated<number>
  lastError: string | null
  sentAt: Date | null
  failedAt: Date | null
}

export interface Organization {
  id: string
  singleton: Generated<boolean>
  name: string
  timeZone: Generated<string>
  createdAt: Generated<Date>
  version: Generated<number>
}

export interface OwnershipSettings {
  singleton: Generated<boolean>
  requirePurpose: Generated<boolean>
  requireApplication: Generated<boolean>
  requiredTags: Generated<string[]>
  attestationDays: number | null
  attestationGraceDays: Generated<number>
  attestationSince: Date | null
  version: Generated<number>
}

export interface PasskeyChallenges {
  hash: string
  purpose: 'register' | 'sign-in' | 'factor' | 'step-up'
  boundTo: string
  expiresAt: Date
}

export interface Passkeys {
  id: string
  userId: string
  name: string
  credentialId: string
  publicKey: Buffer
  counter: bigint
  transports: Generated<string[]>
  backedUp: boolean
  createdAt: Generated<Date>
  lastUsedAt: Date | null
}

export interface Passwords {
  userId: string
  hash: string
  setAt: Generated<Date>
}

export interface Policies {
  scopeType: string
  scopeId: string
  models: string[] | null
  operations: string[] | null
  providers: string[] | null
  hostedTools: string[] | null
  maxOutputTokens: number | null
  ipAllowlist: string[] | null
  ipMode: Generated<'enforce' | 'monitor'>
  updatedAt: Generated<Date>
  version: Generated<number>
}

export interface PolicyAllowances {
  id: string
  scopeType: string
  scopeId: string
  models: string[]
  requestId: string
  expiresAt: Date
  endedAt: Date | null
}

export interface Projects {
  id: string
  teamId: string
  name: string
  createdAt: Generated<Date>
  archivedAt: Date | null
  version: Generated<number>
}

export interface Providers {
  id: string
  name: string
  kind: string
  baseUrl: string
  createdAt: Generated<Date>
  archivedAt: Date | null
  version: Generated<number>
}

export interface RateLimits {
  id: string
  scopeType: string
  scopeId: string
  providerId: string | null
  modelPattern: string | null
  requestsPerMinute: number | null
  tokensPerMinute: number | null
  concurrentCalls: number | null
  createdAt: Generated<Date>
  deletedAt: Date | null
  version: Generated<number>
  perMember: Generated<boolean>
  memberOf: string | null
  userId: string | null
}

export interface RatePools {
  limitId: string
  dimension: 'requests' | 'tokens' | 'concurrent'
  most: bigint | null
  shared: Generated<bigint>
  over: Generated<bigint>
  awaitedUntil: Date | null
}

export interface RateShares {
  limitId: string
  dimension: string
  nodeId: string
  run: bigint
  amount: bigint
  turn: bigint
}

export interface RecoveryCodes {
  hash: string
  userId: string
  usedAt: Date | null
}

export interface RequestSettings {
  singleton: Generated<boolean>
  approvals: Generated<number>
  productionApprovals: Generated<number>
  raiseDays: Generated<number>
  pendingDays: Generated<number>
  deliveryHours: Generated<number>
  version: Generated<number>
}

export interface Retention {
  singleton: Generated<boolean>
  callDays: number | null
  version: Generated<number>
}

export interface Roles {
  id: string
  name: string
  basedOn: string
  permissions: string[]
  scopeTypes: string[]
  createdBy: string
  createdAt: Generated<Date>
  deletedAt: Date | null
  version: Generated<number>
}

export interface SavedViews {
  id: string
  userId: string
  page: string
  name: string
  query: string
  createdAt: Generated<Date>
}

export interface SecuritySettings {
  singleton: Generated<boolean>
  mfa: Generated<'off' | 'optional' | 'required' | 'passkeys'>
  mfaRoles: Generated<string[]>
  sessionIdleMinutes: Generated<number>
  sessionHours: Generated<number>
  version: Generated<number>
  ipAllowlist: Generated<string[]>
}

export interface ServiceAccounts {
  id: string
  projectId: string
  name: string
  createdAt: Generated<Date>
  deactivatedAt: Date | null
  version: Generated<number>
  ownerUserId: string | null
}

export interface Sessions {
  id: string
  userId: string
  kind: 'browser' | 'cli'
  hash: string
  previousHash: string | null
  previousUntil: Date | null
  hashExpiresAt: Date | null
  refreshHash: string | null
  methods: string[]
  mfa: boolean
  connectionId: string | null
  ssoSid: string | null
  ip: string | null
  userAgent: string | null
  createdAt: Generated<Date>
  lastSeenAt: Generated<Date>
  mustRotate: Generated<boolean>
  expiresAt: Date
  endedAt: Date | null
  endedReason: string | null
}

export interface SetupLinks {
  hash: string
  createdAt: Generated<Date>
  expiresAt: Date
  usedAt: Date | null
}

export interface SignIns {
  id: string
  hash: string
  userId: string
  methods: string[]
  connectionId: string | null
  ssoSid: string | null
  needs: 'factor' | 'enrolment'
  returnTo: string
  createdAt: Generated<Date>
  expiresAt: Date
  usedAt: Date | null
}

export interface SsoAttempts {
  stateHash: string
  browserHash: string
  connectionId: string
  purpose: 'sign-in' | 'test' | 'link' | 'invitation' | 'step-up'
  subjectId: string | null
  sealedDataKey: Buffer
  sealedSecret: Buffer
  returnTo: string
  createdAt: Generated<Date>
  expiresAt: Date
  usedAt: Date | null
}

export interface StepUps {
  id: string
  sessionId: string
  operation: string
  requestHash: string
  createdAt: Generated<Date>
  expiresAt: Date
  confirmedAt: Date | null
  method: string | null
  usedAt: Date | null
}

export interface Teams {
  id: string
  name: string
  createdAt: Generated<Date>
  archivedAt: Date | null
  version: Generated<number>
}

export interface Throttles {
  key: string
  failures: number
  blockedUntil: Date | null
  updatedAt: Generated<Date>
}

export interface TotpFactors {
  id: string
  userId: string
  sealedDataKey: Buffer
  sealedSecret: Buffer
  confirmedAt: Date | null
  lastStep: Generated<bigint>
  createdAt: Generated<Date>
}

export interface TrustRules {
  id: string
  serviceAccountId: string
  keyId: string
  name: string
  issuer: string
  audience: string
  claims: Json<string>
  jwks: Json<string | null | undefined>
  ttlSeconds: Generated<number>
  createdBy: string
  createdAt: Generated<Date>
  disabledAt: Date | null
  deletedAt: Date | null
  version: Generated<number>
}

export interface Usage {
  id: string
  requestId: string
  attempt: number
  admittedAt: Date
  settledAt: Date
  keyId: string
  secretId: string
  userId: string | null
  serviceAccountId: string | null
  environmentId: string
  projectId: string
  teamId: string
  tags: Json<string | undefined>
  operation: string
  model: string | null
  upstreamModel: string | null
  servedModel: string | null
  providerId: string | null
  credentialId: string | null
  stream: boolean
  status: number
  errorCode: string | null
  inputTokens: Generated<bigint>
  cachedInputTokens: Generated<bigint>
  cacheWriteTokens: Generated<bigint>
  outputTokens: Generated<bigint>
  reasoningTokens: Generated<bigint>
  quantities: Json<string | undefined>
  costNanoUsd: Generated<bigint>
  holdNanoUsd: Generated<bigint>
  estimated: Generated<boolean>
  priced: Generated<boolean>
  priceVersion: string | null
  serviceTier: string | null
  modifiers: Generated<string[]>
  durationMs: Generated<number>
  firstByteMs: number | null
  ip: string | null
  objectId: string | null
  budgetIds: Generated<string[]>
  budgetWindowStarts: Generated<Date[]>
  refusedBy: string | null
}

export interface UsageCells {
  unitId: number
  cube: number
  holderId: number | null
  serviceId: number | null
  tagSetId: number | null
  attempts: bigint
  repeats: bigint
  errors: bigint
  inputTokens: bigint
  cachedInputTokens: bigint
  cacheWriteTokens: bigint
  outputTokens: bigint
  reasoningTokens: bigint
  costNanoUsd: bigint
}

export interface UsageHolders {
  id: GeneratedAlways<number>
  teamId: string
  projectId: string | null
  environmentId: string | null
  userId: string | null
  serviceAccountId: string | null
  keyId: string | null
  facts: Generated<string>
}

export interface UsageHorizon {
  singleton: Generated<boolean>
  erasedBefore: Date | null
}

export interface UsageServices {
  id: GeneratedAlways<number>
  operation: string
  providerId: string | null
  model: string | null
  facts: Generated<string>
}

export interface UsageStrays {
  unitId: number
  usageId: string
}

export interface UsageSums {
  id: string | null
  callId: string | null
  attempt: number
  admittedAt: Date
  keyId: string
  secretId: string
  userId: string | null
  serviceAccountId: string | null
  environmentId: string
  projectId: string
  teamId: string
  tags: Json<string>
  operation: string
  model: string | null
  providerId: string | null
  priced: boolean
  attempts: bigint
  errors: bigint
  inputTokens: bigint
  cachedInputTokens: bigint
  cacheWriteTokens: bigint
  outputTokens: bigint
  reasoningTokens: bigint
  costNanoUsd: bigint
}

export interface UsageSumsCharged {
  budgetId: string
  windowStart: Date
  costNanoUsd: bigint
}

export interface UsageTagSets {
  id: GeneratedAlways<number>
  tags: Json<string>
  facts: Generated<string>
}

export interface UsageTooLate {
  id: string
  nodeId: string
  admittedAt: Date
  costNanoUsd: bigint
  cameAt: Generated<Date>
}

export interface UsageTouched {
  hour: Date
}

export interface UsageUnits {
  id: GeneratedAlways<number>
  grain: 'hour' | 'day' | 'abroad' | 'week' | 'month' | 'quarter'
  startsAt: Date
  endsAt: Date
  daysOf: string | null
  highestCube: Generated<number>
  newestCube: Generated<number>
}

export interface UsageZones {
  timeZone: string
  askedAt: Generated<Date>
}

export interface UsedRefreshTokens {
  hash: string
  sessionId: string
  usedAt: Generated<Date>
}

export interface Users {
  id: string
  email: string
  name: string
  createdAt: Generated<Date>
  deactivatedAt: Date | null
  version: Generated<number>
  breakGlass: Generated<boolean>
}

export interface Database {
  accessRequestEvents: AccessRequestEvents
  accessRequests: AccessRequests
  acknowledgements: Acknowledgements
  alerts: Alerts
  apiTokens: ApiTokens
  approvalRules: ApprovalRules
  auditChain: AuditChain
  auditEvents: AuditEvents
  auditHeads: AuditHeads
  auditSinks: AuditSinks
  auditUnsealed: AuditUnsealed
  authorizationCodes: AuthorizationCodes
  budgetAlerts: BudgetAlerts
  budgetBurn: BudgetBurn
  budgetLooks: BudgetLooks
  budgetRaises: BudgetRaises
  budgetWindows: BudgetWindows
  budgets: Budgets
  channels: Channels
  connectionDomains: ConnectionDomains
  connectionMappings: ConnectionMappings
  connections: Connections
  credentialHealth: CredentialHealth
  credentials: Credentials
  credits: Credits
  deliveries: Deliveries
  denials: Denials
  deviceCodes: DeviceCodes
  documentReminders: DocumentReminders
  documentVersions: DocumentVersions
  documents: Documents
  emailChanges: EmailChanges
  emailTokens: EmailTokens
  environmentCredentials: EnvironmentCredentials
  environments: Environments
  exemptions: Exemptions
  findings: Findings
  grants: Grants
  idempotencyKeys: IdempotencyKeys
  identities: Identities
  installation: Installation
  invitationRoles: InvitationRoles
  invitations: Invitations
  keySecrets: KeySecrets
  keys: Keys
  knownDevices: KnownDevices
  leases: Leases
  ledgerCorrections: LedgerCorrections
  logoutTokens: LogoutTokens
  migrations: Migrations
  models: Models
  nodes: Nodes
  notices: Notices
  organization: Organization
  ownershipSettings: OwnershipSettings
  passkeyChallenges: PasskeyChallenges
  passkeys: Passkeys
  passwords: Passwords
  policies: Policies
  policyAllowances: PolicyAllowances
  projects: Projects
  providers: Providers
  rateLimits: RateLimits
  ratePools: RatePools
  rateShares: RateShares
  recoveryCodes: RecoveryCodes
  requestSettings: RequestSettings
  retention: Retention
  roles: Roles
  savedViews: SavedViews
  securitySettings: SecuritySettings
  serviceAccounts: ServiceAccounts
  sessions: Sessions
  setupLinks: SetupLinks
  signIns: SignIns
  ssoAttempts: SsoAttempts
  stepUps: StepUps
  teams: Teams
  throttles: Throttles
  totpFactors: TotpFactors
  trustRules: TrustRules
  usage: Usage
  usageCells: UsageCells
  usageHolders: UsageHolders
  usageHorizon: UsageHorizon
  usageServices: UsageServices
  usageStrays: UsageStrays
  usageSums: UsageSums
  usageSumsCharged: UsageSumsCharged
  usageTagSets: UsageTagSets
  usageTooLate: UsageTooLate
  usageTouched: UsageTouched
  usageUnits: UsageUnits
  usageZones: UsageZones
  usedRefreshTokens: UsedRefreshTokens
  users: Users
}
