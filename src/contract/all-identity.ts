import {
  invitationCreate,
  invitationList,
  invitationRenew,
  invitationRevoke,
  invitationView,
} from './invitations.ts'
import type { AnyOperation } from './operation.ts'
import { passkeyCreate, passkeyDelete, passkeyList, passkeyStart } from './passkeys.ts'
import {
  emailChange,
  passwordChange,
  profileUpdate,
  profileView,
  recoveryCodeCreate,
  totpConfirm,
  totpDelete,
  totpStart,
} from './profile.ts'
import { securityUpdate, securityView } from './security.ts'
import { sessionClear, sessionList, sessionRevoke } from './sessions.ts'
import { stepUpConfirm, stepUpCreate, stepUpView } from './step-ups.ts'
import { userReset } from './users.ts'
import { viewCreate, viewDelete, viewList } from './views.ts'

/** The operations about people: sessions, factors, invitations. */
export const identityOperations: AnyOperation[] = [
  userReset,

  profileView,
  profileUpdate,
  passwordChange,
  emailChange,
  totpStart,
  totpConfirm,
  totpDelete,
  recoveryCodeCreate,

  passkeyStart,
  passkeyCreate,
  passkeyList,
  passkeyDelete,

  viewList,
  viewCreate,
  viewDelete,

  sessionList,
  sessionRevoke,
  sessionClear,

  stepUpCreate,
  stepUpView,
  stepUpConfirm,

  invitationCreate,
  invitationList,
  invitationView,
  invitationRenew,
  invitationRevoke,

  securityView,
  securityUpdate,
]
