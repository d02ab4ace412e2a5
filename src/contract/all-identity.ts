import type { AnyOperation } from './operation.ts'
import {
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

/** The operations about people: sessions, factors, invitations. */
export const identityOperations: AnyOperation[] = [
  profileView,
  profileUpdate,
  passwordChange,
  totpStart,
  totpConfirm,
  totpDelete,
  recoveryCodeCreate,

  sessionList,
  sessionRevoke,
  sessionClear,

  stepUpCreate,
  stepUpView,
  stepUpConfirm,

  securityView,
  securityUpdate,
]
