import {
  approveAccessRequest,
  denyAccessRequest,
  endAccessRequest,
} from '../actions/access-request-decisions.ts'
import {
  commentAccessRequest,
  createAccessRequest,
  listAccessRequestsFor,
  viewAccessRequest,
  withdrawAccessRequest,
} from '../actions/access-requests.ts'
import { createApprovalRule, deleteApprovalRule, listApprovalRulesFor } from '../actions/approval-rules.ts'
import { deliverKey, listDeliveriesFor, openDelivery, viewDelivery } from '../actions/deliveries.ts'
import { createDeliveredKey } from '../actions/keys.ts'
import { updateRequestSettings, viewRequestSettings } from '../actions/request-settings.ts'
import {
  accessRequestApprove,
  accessRequestComment,
  accessRequestCreate,
  accessRequestDeny,
  accessRequestEnd,
  accessRequestList,
  accessRequestView,
  accessRequestWithdraw,
} from '../contract/access-requests.ts'
import { approvalRuleCreate, approvalRuleDelete, approvalRuleList } from '../contract/approval-rules.ts'
import { deliveryList, deliveryView } from '../contract/deliveries.ts'
import { deliveryCreate, deliveryOpen, keyDeliver } from '../contract/key-deliveries.ts'
import { requestSettingsUpdate, requestSettingsView } from '../contract/request-settings.ts'
import { type Route, serve } from './serve.ts'

/** The operations about access requests, approvals and deliveries, with their actions. */
export const requestsRoutes: Route[] = [
  serve(accessRequestCreate, createAccessRequest),
  serve(accessRequestList, listAccessRequestsFor),
  serve(accessRequestView, viewAccessRequest),
  serve(accessRequestApprove, approveAccessRequest),
  serve(accessRequestDeny, denyAccessRequest),
  serve(accessRequestComment, commentAccessRequest),
  serve(accessRequestWithdraw, withdrawAccessRequest),
  serve(accessRequestEnd, endAccessRequest),
  serve(approvalRuleCreate, createApprovalRule),
  serve(approvalRuleList, listApprovalRulesFor),
  serve(approvalRuleDelete, deleteApprovalRule),
  serve(requestSettingsView, viewRequestSettings),
  serve(requestSettingsUpdate, updateRequestSettings),
  serve(keyDeliver, deliverKey),
  serve(deliveryCreate, createDeliveredKey),
  serve(deliveryList, listDeliveriesFor),
  serve(deliveryView, viewDelivery),
  serve(deliveryOpen, openDelivery),
]
