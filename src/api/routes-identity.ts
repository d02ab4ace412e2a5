import { changeEmail } from '../actions/email-change.ts'
import {
  createInvitation,
  listInvitationsFor,
  renewInvitation,
  revokeInvitation,
  viewInvitation,
} from '../actions/invitations.ts'
import { createPasskey, listOwnPasskeys, removePasskey, startPasskey } from '../actions/passkeys.ts'
import { changePassword } from '../actions/passwords.ts'
import { updateProfile, viewProfile } from '../actions/profile.ts'
import { createRecoveryCodes } from '../actions/recovery-codes.ts'
import { updateSecurity, viewSecurity } from '../actions/security.ts'
import { clearSessions, listSessionsFor, revokeSession } from '../actions/session-list.ts'
import { createStepUp, proveStepUp, viewStepUp } from '../actions/step-up.ts'
import { confirmTotp, removeTotp, startTotp } from '../actions/totp.ts'
import { resetUser } from '../actions/user-reset.ts'
import { createView, forgetView, listOwnViews } from '../actions/views.ts'
import {
  invitationCreate,
  invitationList,
  invitationRenew,
  invitationRevoke,
  invitationView,
} from '../contract/invitations.ts'
import { passkeyCreate, passkeyDelete, passkeyList, passkeyStart } from '../contract/passkeys.ts'
import {
  emailChange,
  passwordChange,
  profileUpdate,
  profileView,
  recoveryCodeCreate,
  totpConfirm,
  totpDelete,
  totpStart,
} from '../contract/profile.ts'
import { securityUpdate, securityView } from '../contract/security.ts'
import { sessionClear, sessionList, sessionRevoke } from '../contract/sessions.ts'
import { stepUpConfirm, stepUpCreate, stepUpView } from '../contract/step-ups.ts'
import { userReset } from '../contract/users.ts'
import { viewCreate, viewDelete, viewList } from '../contract/views.ts'
import { type Route, serve } from './serve.ts'

/** The operations about people: sessions, factors, invitations, with their actions. */
export const identityRoutes: Route[] = [
  serve(userReset, resetUser),

  serve(profileView, viewProfile),
  serve(profileUpdate, updateProfile),
  serve(passwordChange, changePassword),
  serve(emailChange, changeEmail),
  serve(totpStart, startTotp),
  serve(totpConfirm, confirmTotp),
  serve(totpDelete, removeTotp),
  serve(recoveryCodeCreate, createRecoveryCodes),

  serve(passkeyStart, startPasskey),
  serve(passkeyCreate, createPasskey),
  serve(passkeyList, listOwnPasskeys),
  serve(passkeyDelete, removePasskey),

  serve(viewList, listOwnViews),
  serve(viewCreate, createView),
  serve(viewDelete, forgetView),

  serve(sessionList, listSessionsFor),
  serve(sessionRevoke, revokeSession),
  serve(sessionClear, clearSessions),

  serve(stepUpCreate, createStepUp),
  serve(stepUpView, viewStepUp),
  serve(stepUpConfirm, proveStepUp),

  serve(invitationCreate, createInvitation),
  serve(invitationList, listInvitationsFor),
  serve(invitationView, viewInvitation),
  serve(invitationRenew, renewInvitation),
  serve(invitationRevoke, revokeInvitation),

  serve(securityView, viewSecurity),
  serve(securityUpdate, updateSecurity),
]
