import { accessCheck, accessExplain } from './access.ts'
import { auditOperations } from './all-audit.ts'
import { creditsOperations } from './all-credits.ts'
import { explainOperations } from './all-explain.ts'
import { identityOperations } from './all-identity.ts'
import { requestsOperations } from './all-requests.ts'
import { responsibilityOperations } from './all-responsibility.ts'
import { ssoOperations } from './all-sso.ts'
import { workloadsOperations } from './all-workloads.ts'
import { auditList } from './audit.ts'
import { budgetRaiseCreate, budgetRaiseEnd, budgetRaiseList } from './budget-raises.ts'
import {
  budgetCount,
  budgetCreate,
  budgetDelete,
  budgetForecast,
  budgetList,
  budgetUpdate,
  budgetView,
} from './budgets.ts'
import {
  credentialCreate,
  credentialDelete,
  credentialList,
  credentialReplaceSecret,
  credentialTest,
  credentialUpdate,
  credentialView,
} from './credentials.ts'
import { doctorLedger, doctorReconcile } from './doctor.ts'
import { environmentCredentialList, environmentCredentialSet } from './environment-credentials.ts'
import { environmentCreate, environmentList, environmentUpdate, environmentView } from './environments.ts'
import { grantCreate, grantList, grantRevoke } from './grants.ts'
import { keyTraffic } from './key-traffic.ts'
import {
  keyCreate,
  keyList,
  keyResume,
  keyRevoke,
  keyRotate,
  keySuspend,
  keyUpdate,
  keyView,
} from './keys.ts'
import { modelCreate, modelDelete, modelList, modelUpdate, modelView } from './models.ts'
import { nameList } from './names.ts'
import type { AnyOperation } from './operation.ts'
import { organizationUpdate, organizationView } from './organization.ts'
import { policyList, policySet, policyView } from './policies.ts'
import { projectCreate, projectList, projectUpdate, projectView } from './projects.ts'
import { providerCreate, providerDelete, providerList, providerUpdate, providerView } from './providers.ts'
import {
  rateLimitCreate,
  rateLimitDelete,
  rateLimitList,
  rateLimitUpdate,
  rateLimitView,
} from './rate-limits.ts'
import { requestExport, requestList, requestView } from './requests.ts'
import { roleCreate, roleDelete, roleList, roleUpdate, roleView } from './roles.ts'
import {
  serviceAccountCreate,
  serviceAccountList,
  serviceAccountUpdate,
  serviceAccountView,
} from './service-accounts.ts'
import { setupComplete } from './setup.ts'
import { teamCreate, teamList, teamUpdate, teamView } from './teams.ts'
import { tokenCreate, tokenList, tokenRevoke, tokenSelf, tokenView } from './tokens.ts'
import { usageReport } from './usage.ts'
import { userCreate, userList, userUpdate, userView } from './users.ts'

/** Every operation of the control plane. The server, the CLI, `openapi.json` and the tests loop over it. */
export const operations: AnyOperation[] = [
  setupComplete,

  organizationView,
  organizationUpdate,

  teamCreate,
  teamList,
  teamView,
  teamUpdate,

  projectCreate,
  projectList,
  projectView,
  projectUpdate,

  environmentCreate,
  environmentList,
  environmentView,
  environmentUpdate,

  userCreate,
  userList,
  userView,
  userUpdate,

  serviceAccountCreate,
  serviceAccountList,
  serviceAccountView,
  serviceAccountUpdate,

  roleCreate,
  roleList,
  roleView,
  roleUpdate,
  roleDelete,

  grantCreate,
  grantList,
  grantRevoke,

  accessCheck,
  accessExplain,
  nameList,

  tokenCreate,
  tokenList,
  tokenSelf,
  tokenView,
  tokenRevoke,

  keyCreate,
  keyList,
  keyView,
  keyUpdate,
  keyRotate,
  keySuspend,
  keyResume,
  keyRevoke,

  policyList,
  policyView,
  policySet,

  rateLimitCreate,
  rateLimitList,
  rateLimitView,
  rateLimitUpdate,
  rateLimitDelete,

  budgetCount,
  budgetCreate,
  budgetList,
  budgetView,
  budgetForecast,
  budgetUpdate,
  budgetDelete,
  budgetRaiseCreate,
  budgetRaiseList,
  budgetRaiseEnd,

  providerCreate,
  providerList,
  providerView,
  providerUpdate,
  providerDelete,

  credentialCreate,
  credentialList,
  credentialView,
  credentialUpdate,
  credentialReplaceSecret,
  credentialDelete,
  credentialTest,

  environmentCredentialList,
  environmentCredentialSet,

  modelList,
  modelCreate,
  modelView,
  modelUpdate,
  modelDelete,

  usageReport,
  keyTraffic,

  requestList,
  requestExport,
  requestView,

  auditList,

  doctorLedger,
  doctorReconcile,

  ...identityOperations,
  ...ssoOperations,
  ...workloadsOperations,
  ...requestsOperations,
  ...responsibilityOperations,
  ...auditOperations,
  ...explainOperations,
  ...creditsOperations,
]
