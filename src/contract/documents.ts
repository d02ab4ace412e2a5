import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { RoleRef } from './roles.ts'

const MAX_BODY = 100_000
const MAX_QUESTIONS = 50

const Kind = z.enum(['policy', 'training'])
const ValidityDays = z
  .int()
  .min(1)
  .max(3650)
  .describe('read again after so many days; once is enough when not given')
const GraceDays = z
  .int()
  .min(0)
  .max(365)
  .describe('how many days people have after a new version; newcomers read first')
const TeamIds = z.array(Id).max(100).describe('whom it concerns: who holds a role in one of these teams')
const Roles = z.array(RoleRef).max(100).describe('or one of these roles; everybody when neither is given')

const QuestionText = z.string().min(1).max(500)
const Option = z.string().min(1).max(500)

/** As it is published. What is correct is written only: no operation answers it. */
const Question = z
  .strictObject({
    question: QuestionText,
    options: z.array(Option).min(2).max(10),
    correct: z.array(z.int().min(0).max(9)).min(1).max(10),
  })
  .refine(({ options, correct }) => correct.every((place) => place < options.length), {
    path: ['correct'],
    message: 'names an option that is not there: the first is 0',
  })
export const Quiz = z.array(Question).max(MAX_QUESTIONS)

const AskedQuestion = z.object({ question: z.string(), options: z.array(z.string()), several: z.boolean() })

export const Document = z
  .object({
    id: Id,
    title: Name,
    kind: Kind,
    teamIds: z.array(Id),
    roles: z.array(z.string()),
    required: z.boolean(),
    validityDays: z.int().nullable(),
    graceDays: z.int(),
    /** The name of the module, when it came with the program. */
    shipped: z.string().nullable(),
    /** The version in force; null until there is one. */
    current: z
      .object({
        number: z.int(),
        passPercent: z.int(),
        publishedAt: Timestamp,
        publishedBy: z.string(),
        questions: z.int(),
      })
      .nullable(),
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Document' })

/** With what there is to read, and to answer. */
const ReadableDocument = z.object({
  document: Document,
  /** Markdown; null until a version is published. */
  body: z.string().nullable(),
  questions: z.array(AskedQuestion),
})

const documentParams = { documentId: Id }

export const documentCreate = operation({
  name: 'documentCreate',
  method: 'POST',
  path: '/v1/documents',
  summary: 'Begin a document or a training that people read. It concerns nobody until it is published',
  permission: 'document:update',
  body: z.strictObject({
    title: Name,
    kind: Kind.default('policy'),
    teamIds: TeamIds.default([]),
    roles: Roles.default([]),
    required: z.boolean().default(false).describe('who has not acknowledged it gets no keys'),
    validityDays: ValidityDays.optional(),
    graceDays: GraceDays.default(0),
  }),
  response: Document,
  examples: ['claviger document create --title "AI policy" --required true --validity-days 365'],
})

export const documentList = operation({
  name: 'documentList',
  method: 'GET',
  path: '/v1/documents',
  summary: 'List documents and trainings',
  permission: 'document:read',
  query: { ...pageQuery, kind: Kind.optional() },
  response: page(Document),
  examples: ['claviger document list'],
})

export const documentView = operation({
  name: 'documentView',
  method: 'GET',
  path: '/v1/documents/{documentId}',
  summary: 'Show a document: its text in force and its questions',
  permission: 'document:read',
  params: documentParams,
  response: ReadableDocument,
  examples: ['claviger document get "AI policy" --json'],
})

export const documentUpdate = operation({
  name: 'documentUpdate',
  method: 'PATCH',
  path: '/v1/documents/{documentId}',
  summary: 'Change whom a document concerns, whether keys need it, or archive it',
  permission: 'document:update',
  params: documentParams,
  body: z.strictObject({
    title: Name.optional(),
    teamIds: TeamIds.optional(),
    roles: Roles.optional(),
    required: z.boolean().optional(),
    validityDays: ValidityDays.nullable().optional(),
    graceDays: GraceDays.optional(),
    archived: z.boolean().optional(),
  }),
  response: Document,
  examples: ['claviger document update "Handling keys" --required true --grace-days 14'],
})

export const documentPublish = operation({
  name: 'documentPublish',
  method: 'POST',
  path: '/v1/documents/{documentId}/publish',
  summary:
    'Put a new version in force. Everybody whom it concerns acknowledges it again, after the grace days',
  permission: 'document:update',
  params: documentParams,
  body: z.strictObject({
    body: z.string().min(1).max(MAX_BODY).describe('the text, in Markdown'),
    quiz: Quiz.default([]).describe('questions with "options" and the places of the "correct" ones, from 0'),
    passPercent: z.int().min(0).max(100).default(80).describe('how much must be answered rightly'),
  }),
  response: Document,
  examples: ['claviger document publish "AI policy" --body "$(cat policy.md)"'],
})

export const documentDue = operation({
  name: 'documentDue',
  method: 'GET',
  path: '/v1/documents/due',
  summary: 'List what you have still to read',
  permission: 'self',
  response: z.object({
    data: z.array(
      z.object({
        documentId: Id,
        title: Name,
        kind: Kind,
        /** No key until it is acknowledged. */
        required: z.boolean(),
        versionNumber: z.int(),
        /** Null where nothing is required. */
        dueBy: Timestamp.nullable(),
        overdue: z.boolean(),
        /** Where to read and acknowledge it. */
        url: z.string(),
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
  examples: ['claviger document due'],
})

export const documentAcknowledge = operation({
  name: 'documentAcknowledge',
  method: 'POST',
  path: '/v1/documents/{documentId}/acknowledge',
  summary: 'Say, in person, that you have read a document, with your answers to its questions',
  permission: 'self',
  params: documentParams,
  body: z.strictObject({
    versionNumber: z.int().min(1).describe('the version you have read'),
    answers: z
      .array(z.array(z.int().min(0).max(9)).max(10))
      .max(MAX_QUESTIONS)
      .default([])
      .describe('for each question the places of the options you choose, from 0'),
  }),
  response: z.object({
    passed: z.boolean(),
    scorePercent: z.int().nullable(),
    passPercent: z.int(),
    expiresAt: Timestamp.nullable(),
  }),
  examples: ['claviger document acknowledge "AI policy" --version-number 1'],
})
