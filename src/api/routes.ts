import { checkAccess } from '../actions/access-check.ts'
import { explainAccess } from '../actions/access-explain.ts'
import { listAuditEventsFor } from '../actions/audit.ts'
import { forecastBudget } from '../actions/budget-forecast.ts'
import { createBudgetRaise, endBudgetRaise, listBudgetRaisesFor } from '../actions/budget-raises.ts'
import {
  countBudgetsFor,
  createBudget,
  deleteBudget,
  listBudgetsFor,
  updateBudget,
  viewBudget,
} from '../actions/budgets.ts'
import { testCredential } from '../actions/credential-test.ts'
import {
  createCredential,
  listCredentialsFor,
  removeCredential,
  replaceCredentialSecret,
  updateCredential,
  viewCredential,
} from '../actions/credentials.ts'
import { checkLedgerFor, reconcileNode } from '../actions/doctor.ts'
import { listEnvironmentCredentials, setEnvironmentCredentials } from '../actions/environment-credentials.ts'
import {
  createEnvironment,
  listEnvironmentsFor,
  updateEnvironment,
  viewEnvironment,
} from '../actions/environments.ts'
import { createGrant, listGrantsFor, revokeGrant } from '../actions/grants.ts'
import { rotateKey } from '../actions/key-secrets.ts'
import { resumeKey, revokeKey, suspendKey } from '../actions/key-state.ts'
import { showTraffic } from '../actions/key-traffic.ts'
import { createKey, listKeysFor, updateKey, viewKey } from '../actions/keys.ts'
import { createModel, listModelsFor, removeModel, updateModel, viewModel } from '../actions/models.ts'
import { listNames } from '../actions/names.ts'
import { updateOrganization, viewOrganization } from '../actions/organization.ts'
import { listPoliciesFor, setPolicyOf, viewPolicy } from '../actions/policies.ts'
import { createProject, listProjectsFor, updateProject, viewProject } from '../actions/projects.ts'
import {
  createProvider,
  deleteProvider,
  listProvidersFor,
  updateProvider,
  viewProvider,
} from '../actions/providers.ts'
import {
  createRateLimit,
  deleteRateLimit,
  listRateLimitsFor,
  updateRateLimit,
  viewRateLimit,
} from '../actions/rate-limits.ts'
import { exportRequests } from '../actions/request-export.ts'
import { listRequestsFor, viewRequest } from '../actions/requests.ts'
import { createRole, deleteRole, listRolesFor, updateRole, viewRole } from '../actions/roles.ts'
import {
  createServiceAccount,
  listServiceAccountsFor,
  updateServiceAccount,
  viewServiceAccount,
} from '../actions/service-accounts.ts'
import { completeSetup } from '../actions/setup.ts'
import { createTeam, listTeamsFor, updateTeam, viewTeam } from '../actions/teams.ts'
import { viewSelf } from '../actions/token-self.ts'
import { createToken, listTokensFor, revokeToken, viewToken } from '../actions/tokens.ts'
import { reportUsage } from '../actions/usage.ts'
import { createUser, listUsersFor, updateUser, viewUser } from '../actions/users.ts'
import { accessCheck, accessExplain } from '../contract/access.ts'
import { auditList } from '../contract/audit.ts'
import { budgetRaiseCreate, budgetRaiseEnd, budgetRaiseList } from '../contract/budget-raises.ts'
import {
  budgetCount,
  budgetCreate,
  budgetDelete,
  budgetForecast,
  budgetList,
  budgetUpdate,
  budgetView,
} from '../contract/budgets.ts'
import {
  credentialCreate,
  credentialDelete,
  credentialList,
  credentialReplaceSecret,
  credentialTest,
  credentialUpdate,
  credentialView,
} from '../contract/credentials.ts'
import { doctorLedger, doctorReconcile } from '../contract/doctor.ts'
import { environmentCredentialList, environmentCredentialSet } from '../contract/environment-credentials.ts'
import {
  environmentCreate,
  environmentList,
  environmentUpdate,
  environmentView,
} from '../contract/environments.ts'
import { grantCreate, grantList, grantRevoke } from '../contract/grants.ts'
import { keyTraffic } from '../contract/key-traffic.ts'
import {
  keyCreate,
  keyList,
  keyResume,
  keyRevoke,
  keyRotate,
  keySuspend,
  keyUpdate,
  keyView,
} from '../contract/keys.ts'
import { modelCreate, modelDelete, modelList, modelUpdate, modelView } from '../contract/models.ts'
import { nameList } from '../contract/names.ts'
import { organizationUpdate, organizationView } from '../contract/organization.ts'
import { policyList, policySet, policyView } from '../contract/policies.ts'
import { projectCreate, projectList, projectUpdate, projectView } from '../contract/projects.ts'
import {
  providerCreate,
  providerDelete,
  providerList,
  providerUpdate,
  providerView,
} from '../contract/providers.ts'
import {
  rateLimitCreate,
  rateLimitDelete,
  rateLimitList,
  rateLimitUpdate,
  rateLimitView,
} from '../contract/rate-limits.ts'
import { requestExport, requestList, requestView } from '../contract/requests.ts'
import { roleCreate, roleDelete, roleList, roleUpdate, roleView } from '../contract/roles.ts'
import {
  serviceAccountCreate,
  serviceAccountList,
  serviceAccountUpdate,
  serviceAccountView,
} from '../contract/service-accounts.ts'
import { setupComplete } from '../contract/setup.ts'
import { teamCreate, teamList, teamUpdate, teamView } from '../contract/teams.ts'
import { tokenCreate, tokenList, tokenRevoke, tokenSelf, tokenView } from '../contract/tokens.ts'
import { usageReport } from '../contract/usage.ts'
import { userCreate, userList, userUpdate, userView } from '../contract/users.ts'
import { auditRoutes } from './routes-audit.ts'
import { creditsRoutes } from './routes-credits.ts'
import { explainRoutes } from './routes-explain.ts'
import { identityRoutes } from './routes-identity.ts'
import { requestsRoutes } from './routes-requests.ts'
import { responsibilityRoutes } from './routes-responsibility.ts'
import { ssoRoutes } from './routes-sso.ts'
import { workloadsRoutes } from './routes-workloads.ts'
import { type Route, serve, serveAnyone, serveDownload } from './serve.ts'

/** The whole control plane on one page. */
export const routes: Route[] = [
  serveAnyone(setupComplete, completeSetup),

  serve(organizationView, viewOrganization),
  serve(organizationUpdate, updateOrganization),

  serve(teamCreate, createTeam),
  serve(teamList, listTeamsFor),
  serve(teamView, viewTeam),
  serve(teamUpdate, updateTeam),

  serve(projectCreate, createProject),
  serve(projectList, listProjectsFor),
  serve(projectView, viewProject),
  serve(projectUpdate, updateProject),

  serve(environmentCreate, createEnvironment),
  serve(environmentList, listEnvironmentsFor),
  serve(environmentView, viewEnvironment),
  serve(environmentUpdate, updateEnvironment),

  serve(userCreate, createUser),
  serve(userList, listUsersFor),
  serve(userView, viewUser),
  serve(userUpdate, updateUser),

  serve(serviceAccountCreate, createServiceAccount),
  serve(serviceAccountList, listServiceAccountsFor),
  serve(serviceAccountView, viewServiceAccount),
  serve(serviceAccountUpdate, updateServiceAccount),

  serve(roleCreate, createRole),
  serve(roleList, listRolesFor),
  serve(roleView, viewRole),
  serve(roleUpdate, updateRole),
  serve(roleDelete, deleteRole),

  serve(grantCreate, createGrant),
  serve(grantList, listGrantsFor),
  serve(grantRevoke, revokeGrant),

  serve(accessCheck, checkAccess),
  serve(accessExplain, explainAccess),
  serve(nameList, listNames),

  serve(tokenCreate, createToken),
  serve(tokenList, listTokensFor),
  serve(tokenSelf, viewSelf),
  serve(tokenView, viewToken),
  serve(tokenRevoke, revokeToken),

  serve(keyCreate, createKey),
  serve(keyList, listKeysFor),
  serve(keyView, viewKey),
  serve(keyUpdate, updateKey),
  serve(keyRotate, rotateKey),
  serve(keySuspend, suspendKey),
  serve(keyResume, resumeKey),
  serve(keyRevoke, revokeKey),

  serve(policyList, listPoliciesFor),
  serve(policyView, viewPolicy),
  serve(policySet, setPolicyOf),

  serve(rateLimitCreate, createRateLimit),
  serve(rateLimitList, listRateLimitsFor),
  serve(rateLimitView, viewRateLimit),
  serve(rateLimitUpdate, updateRateLimit),
  serve(rateLimitDelete, deleteRateLimit),

  serve(budgetCreate, createBudget),
  serve(budgetList, listBudgetsFor),
  serve(budgetCount, countBudgetsFor),
  serve(budgetView, viewBudget),
  serve(budgetForecast, forecastBudget),
  serve(budgetUpdate, updateBudget),
  serve(budgetDelete, deleteBudget),
  serve(budgetRaiseCreate, createBudgetRaise),
  serve(budgetRaiseList, listBudgetRaisesFor),
  serve(budgetRaiseEnd, endBudgetRaise),

  serve(providerCreate, createProvider),
  serve(providerList, listProvidersFor),
  serve(providerView, viewProvider),
  serve(providerUpdate, updateProvider),
  serve(providerDelete, deleteProvider),

  serve(credentialCreate, createCredential),
  serve(credentialList, listCredentialsFor),
  serve(credentialView, viewCredential),
  serve(credentialUpdate, updateCredential),
  serve(credentialReplaceSecret, replaceCredentialSecret),
  serve(credentialDelete, removeCredential),
  serve(credentialTest, testCredential),

  serve(environmentCredentialList, listEnvironmentCredentials),
  serve(environmentCredentialSet, setEnvironmentCredentials),

  serve(modelList, listModelsFor),
  serve(modelCreate, createModel),
  serve(modelView, viewModel),
  serve(modelUpdate, updateModel),
  serve(modelDelete, removeModel),

  serve(usageReport, reportUsage),
  serve(keyTraffic, showTraffic),

  serve(requestList, listRequestsFor),
  // Before the one that takes any id.
  serveDownload(requestExport, exportRequests),
  serve(requestView, viewRequest),

  serve(auditList, listAuditEventsFor),

  serve(doctorLedger, checkLedgerFor),
  serve(doctorReconcile, reconcileNode),

  ...identityRoutes,
  ...ssoRoutes,
  ...workloadsRoutes,
  ...requestsRoutes,
  ...responsibilityRoutes,
  ...auditRoutes,
  ...explainRoutes,
  ...creditsRoutes,
]
