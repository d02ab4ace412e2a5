import {
  accessRequestApprove,
  accessRequestComment,
  accessRequestCreate,
  accessRequestDeny,
  accessRequestEnd,
  accessRequestList,
  accessRequestView,
  accessRequestWithdraw,
} from './access-requests.ts'
import { approvalRuleCreate, approvalRuleDelete, approvalRuleList } from './approval-rules.ts'
import { deliveryList, deliveryView } from './deliveries.ts'
import { deliveryCreate, deliveryOpen, keyDeliver } from './key-deliveries.ts'
import type { AnyOperation } from './operation.ts'
import { requestSettingsUpdate, requestSettingsView } from './request-settings.ts'

/** The operations about access requests, approvals and deliveries. */
export const requestsOperations: AnyOperation[] = [
  accessRequestCreate,
  accessRequestList,
  accessRequestView,
  accessRequestApprove,
  accessRequestDeny,
  accessRequestComment,
  accessRequestWithdraw,
  accessRequestEnd,
  approvalRuleCreate,
  approvalRuleList,
  approvalRuleDelete,
  requestSettingsView,
  requestSettingsUpdate,
  keyDeliver,
  deliveryCreate,
  deliveryList,
  deliveryView,
  deliveryOpen,
]
