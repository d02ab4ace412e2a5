import { panel } from '../ui/later.tsx'

/*
 * What opens over a page or beside it: each is fetched when somebody opens it. Pages take it from here, and forms, which are
 * fetched by themselves, from the file that it is in.
 */

export const ConfirmDialog = panel(async () => (await import('../ui/ConfirmDialog.tsx')).ConfirmDialog)
export const FormPanel = panel(async () => (await import('../ui/FormPanel.tsx')).FormPanel)

export const AccessRequestApprove = panel(
  async () => (await import('./access-request-approve.tsx')).AccessRequestApprove,
)
export const AccessRequestCreate = panel(
  async () => (await import('./access-request-create.tsx')).AccessRequestCreate,
)
export const BudgetCreate = panel(async () => (await import('./budget-create.tsx')).BudgetCreate)
export const BudgetEdit = panel(async () => (await import('./budget-edit.tsx')).BudgetEdit)
export const BudgetRaise = panel(async () => (await import('./budget-raise.tsx')).BudgetRaise)
export const ChannelForm = panel(async () => (await import('./channel-form.tsx')).ChannelForm)
export const ConnectionCreate = panel(async () => (await import('./connection-create.tsx')).ConnectionCreate)
export const ConnectionEdit = panel(async () => (await import('./connection-edit.tsx')).ConnectionEdit)
export const CredentialAdd = panel(async () => (await import('./credential-add.tsx')).CredentialAdd)
export const CreditGrant = panel(async () => (await import('./credit-grant.tsx')).CreditGrant)
export const DocumentForm = panel(async () => (await import('./document-form.tsx')).DocumentForm)
export const DocumentPublish = panel(async () => (await import('./document-publish.tsx')).DocumentPublish)
export const ExemptionCreate = panel(async () => (await import('./exemption-create.tsx')).ExemptionCreate)
export const FindingResolve = panel(async () => (await import('./finding-resolve.tsx')).FindingResolve)
export const KeyCreate = panel(async () => (await import('./key-create.tsx')).KeyCreate)
export const KeyEdit = panel(async () => (await import('./key-edit.tsx')).KeyEdit)
export const KeyLeaked = panel(async () => (await import('./key-revoke.tsx')).KeyLeaked)
export const KeyRevoke = panel(async () => (await import('./key-revoke.tsx')).KeyRevoke)
export const KeyRotate = panel(async () => (await import('./key-rotate.tsx')).KeyRotate)
export const KeyResume = panel(async () => (await import('./key-suspend.tsx')).KeyResume)
export const KeySuspend = panel(async () => (await import('./key-suspend.tsx')).KeySuspend)
export const ModelCreate = panel(async () => (await import('./model.tsx')).ModelCreate)
export const ModelEdit = panel(async () => (await import('./model.tsx')).ModelEdit)
export const PolicyForm = panel(async () => (await import('./policy.tsx')).PolicyForm)
export const ProviderConnect = panel(async () => (await import('./provider-connect.tsx')).ProviderConnect)
export const RateLimitCreate = panel(async () => (await import('./rate-limit.tsx')).RateLimitCreate)
export const RateLimitEdit = panel(async () => (await import('./rate-limit.tsx')).RateLimitEdit)
export const TokenCreate = panel(async () => (await import('./token-create.tsx')).TokenCreate)
