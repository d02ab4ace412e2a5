import { z } from 'zod'
import { RULED_KINDS } from '../domain/approval-rule.ts'
import { Id, Name, page, pageQuery, Timestamp, Usd } from './fields.ts'
import { operation } from './operation.ts'
import { ModelPattern } from './policies.ts'

const fields = {
  name: Name.describe('what those read who ask'),
  kind: z.enum(RULED_KINDS).describe('which requests it approves; never such as reach production'),
}

export const ApprovalRule = z
  .object({
    id: Id,
    ...fields,
    /** Where: in the whole organization when both are null. */
    teamId: Id.nullable(),
    projectId: Id.nullable(),
    models: z.array(ModelPattern).nullable(),
    maxUsd: Usd.nullable(),
    maxDays: z.int().nullable(),
    /** It decides with what this person may do at that moment, and never about their own requests. */
    createdBy: Id,
    createdAt: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'ApprovalRule' })

export const approvalRuleCreate = operation({
  name: 'approvalRuleCreate',
  method: 'POST',
  path: '/v1/approval-rules',
  summary: 'Let requests approve themselves within bounds, with what you may do yourself at that moment',
  permission: 'approval-rule:update',
  body: z
    .strictObject({
      ...fields,
      teamId: Id.optional().describe('in this team; in the whole organization when neither is given'),
      projectId: Id.optional().describe('in this project only'),
      models: z.array(ModelPattern).min(1).max(50).optional().describe('at most these models'),
      maxUsd: Usd.optional().describe('at most so much more budget'),
      maxDays: z.int().min(1).max(366).optional().describe('only what ends after at most so many days'),
    })
    .refine((body) => body.teamId === undefined || body.projectId === undefined, {
      path: ['projectId'],
      message: 'a project says which team it is in: give one of both',
    })
    .refine((body) => (body.kind === 'model') === (body.models !== undefined), {
      path: ['models'],
      message: 'a rule for models says which; others do not',
    })
    .refine((body) => (body.kind === 'budget') === (body.maxUsd !== undefined), {
      path: ['maxUsd'],
      message: 'a rule for budgets says how much; others do not',
    }),
  response: ApprovalRule,
  examples: [
    'claviger approval-rule create --name "Try Claude" --kind model --model "claude-*" --max-days 7',
    'claviger approval-rule create --name "Small raises" --kind budget --team Search --max-usd 20 --max-days 7',
  ],
})

export const approvalRuleList = operation({
  name: 'approvalRuleList',
  method: 'GET',
  path: '/v1/approval-rules',
  summary: 'List the rules by which requests approve themselves',
  permission: 'approval-rule:read',
  query: { ...pageQuery },
  response: page(ApprovalRule),
  examples: ['claviger approval-rule list'],
})

export const approvalRuleDelete = operation({
  name: 'approvalRuleDelete',
  method: 'DELETE',
  path: '/v1/approval-rules/{approvalRuleId}',
  summary: 'Delete a rule; what it approved stays',
  permission: 'approval-rule:update',
  params: { approvalRuleId: Id },
  examples: ['claviger approval-rule delete apr_01JD…'],
})
