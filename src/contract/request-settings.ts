import { z } from 'zod'
import { operation } from './operation.ts'

const settings = {
  approvals: z.int().min(1).max(5).describe('how many people approve a request'),
  productionApprovals: z.int().min(1).max(5).describe('how many approve one that reaches production'),
  raiseDays: z.int().min(1).max(366).describe('how long more money or a higher rate may last'),
  pendingDays: z.int().min(1).max(90).describe('after how long an unanswered request lapses'),
  deliveryHours: z.int().min(1).max(720).describe('how long a key waits for its owner to open it'),
}

export const RequestSettings = z.object({ ...settings, version: z.int() }).meta({ id: 'RequestSettings' })

export const requestSettingsView = operation({
  name: 'requestSettingsView',
  method: 'GET',
  path: '/v1/request-settings',
  summary: 'Show how requests are decided',
  permission: 'approval-rule:read',
  response: RequestSettings,
  examples: ['claviger request-settings get'],
})

export const requestSettingsUpdate = operation({
  name: 'requestSettingsUpdate',
  method: 'PATCH',
  path: '/v1/request-settings',
  summary: 'Change how requests are decided',
  permission: 'approval-rule:update',
  body: z.strictObject(settings).partial(),
  response: RequestSettings,
  examples: ['claviger request-settings update --production-approvals 1'],
})
