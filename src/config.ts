import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { parseIpRange } from './domain/ip-allowlist.ts'
import { nearestName } from './nearest-name.ts'

export const SERVER_ROLES = ['api', 'gateway', 'jobs'] as const
export type ServerRole = (typeof SERVER_ROLES)[number]

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
    .describe(`a whole number from ${min} to ${max}`)

const list = <Item extends string>(known: (text: string) => text is Item) =>
  z
    .string()
    .transform((text) => text.split(',').map((item) => item.trim()))
    .refine((items): items is Item[] => items.every(known))

const isRole = (text: string): text is ServerRole => SERVER_ROLES.some((role) => role === text)
const isCidr = (text: string): text is string => !('problem' in parseIpRange(text))

const text = z.string().min(1).describe('a text that is not empty')
const port = whole(0, 65_535)
const cidrs = list(isCidr).describe('addresses or networks such as 10.0.0.0/8,fd00::/8')
const httpUrl = z.url({ protocol: /^https?$/ }).describe('an address such as https://claviger.example.com')
const smtpUrl = z
  .url({ protocol: /^smtps?$/ })
  .describe('an address such as smtp://user:password@mail.example.com:587')
const mailFrom = z
  .string()
  .regex(/^(?:[^<>\r\n"]*<)?[^\s<>@,"]+@[^\s<>@,"]+>?$/)
  .describe('an address such as claviger@example.com or Claviger <claviger@example.com>')
const syslogUrl = z
  .string()
  .regex(/^(?:tcp|tls):\/\/[^\s/@?#]+:\d{1,5}$/)
  .describe('an address such as tls://logs.example.com:6514')
const databaseUrl = z
  .url({ protocol: /^postgres(ql)?$/ })
  .describe('an address such as postgres://user:password@host:5432/database')

/** Every variable that the server knows. The description completes "expected …". */
export const Environment = z.object({
  DATABASE_URL: databaseUrl.optional(),
  ROLES: list(isRole)
    .describe(`one or more of ${SERVER_ROLES.join(', ')}, parted by commas`)
    .optional(),
  PORT: port.optional(),
  CLAVIGER_PORT: port.optional(),
  CLAVIGER_GATEWAY_PORT: port.optional(),
  CLAVIGER_HOST: z
    .string()
    .refine((host) => host === 'localhost' || ipaddr.isValid(host))
    .describe('an IP address to listen on such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  CLAVIGER_URL: httpUrl.optional(),
  CLAVIGER_DATA_DIR: text.default('./claviger-data'),
  CLAVIGER_ROOT_KEY: z.string().describe('32 random bytes as base64 or hex').optional(),
  CLAVIGER_LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .describe(`one of ${LOG_LEVELS.join(', ')}`)
    .default('info'),
  CLAVIGER_TRUSTED_PROXIES: cidrs.default([]),
  CLAVIGER_PRIVATE_UPSTREAMS: cidrs.default([]),
  CLAVIGER_MAX_BODY_BYTES: whole(1024, 1024 ** 3).default(32 * 1024 ** 2),
  CLAVIGER_STALE_SECONDS: whole(1, 86_400).default(300),
  CLAVIGER_JOURNAL_MEGABYTES: whole(64, 1_048_576).default(8_192),
  CLAVIGER_REPORT_CONNECTIONS: whole(1, 50).default(4),
  CLAVIGER_DRAIN_SECONDS: whole(0, 3600).default(30),
  CLAVIGER_METRICS_TOKEN: z.string().min(16).describe('a text of 16 characters or more').optional(),
  CLAVIGER_SMTP_URL: smtpUrl.optional(),
  CLAVIGER_MAIL_FROM: mailFrom.optional(),
  CLAVIGER_AUDIT_FILE: text.optional(),
  CLAVIGER_AUDIT_SYSLOG: syslogUrl.optional(),
  CLAVIGER_SETUP_ORGANIZATION: text.optional(),
  CLAVIGER_SETUP_EMAIL: z.email().describe('an e-mail address').optional(),
  CLAVIGER_SETUP_NAME: text.optional(),
  CLAVIGER_SETUP_TOKEN_FILE: text.optional(),
})

/**
 * `DATABASE_URL_FILE` names a file that holds what `DATABASE_URL` would. Its mode is the operator's: containers mount
 * secrets readable by everybody inside.
 */
export const SECRETS = [
  'DATABASE_URL',
  'CLAVIGER_ROOT_KEY',
  'CLAVIGER_METRICS_TOKEN',
  'CLAVIGER_SMTP_URL',
] as const

/** Read by the CLI only; a shell that has them may still start the server. */
const CLIENT_VARIABLES = ['CLAVIGER_TOKEN', 'CLAVIGER_TOKEN_FILE', 'CLAVIGER_API_KEY']

type Variables = Record<string, string | undefined>

/** A configuration that we refuse to start with. The message is for the person who wrote it. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export type Config = ReturnType<typeof readConfig>

/** The configuration in `variables`. Throws one `ConfigError` that names every variable that is wrong. */
export function readConfig(variables: Variables = process.env) {
  const { files, resolved } = readSecretFiles(variables)
  const problems = [...unknownVariables(variables), ...files]
  if (variables.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    problems.push(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 would send providers' secrets to anyone: remove it. For a private authority set NODE_EXTRA_CA_CERTS.",
    )
  }
  const parsed = Environment.safeParse(resolved)
  for (const issue of parsed.error?.issues ?? []) problems.push(explain(String(issue.path[0]), resolved))
  problems.push(...contradictions(resolved))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('\n'))
  return toConfig(parsed.data)
}

function toConfig(env: z.output<typeof Environment>) {
  const port = env.CLAVIGER_PORT ?? env.PORT ?? 8484
  return {
    dataDir: resolve(env.CLAVIGER_DATA_DIR),
    databaseUrl: env.DATABASE_URL ?? null,
    host: env.CLAVIGER_HOST,
    port,
    /** Null serves the gateway on the same port as the control plane. */
    gatewayPort: env.CLAVIGER_GATEWAY_PORT ?? null,
    /** Where people and callers reach this installation. */
    url: (env.CLAVIGER_URL ?? `http://${hostInUrl(env.CLAVIGER_HOST)}:${port}`).replace(/\/+$/, ''),
    roles: new Set<ServerRole>(env.ROLES ?? SERVER_ROLES),
    rootKey: env.CLAVIGER_ROOT_KEY ?? null,
    logLevel: env.CLAVIGER_LOG_LEVEL,
    /** Networks whose `X-Forwarded-For` we believe. */
    trustedProxies: env.CLAVIGER_TRUSTED_PROXIES,
    /** Private networks that the gateway may connect to (Ollama, vLLM). */
    privateUpstreams: env.CLAVIGER_PRIVATE_UPSTREAMS,
    maxBodyBytes: env.CLAVIGER_MAX_BODY_BYTES,
    /** How long cached keys, leases and shares are trusted while the database is away. */
    staleSeconds: env.CLAVIGER_STALE_SECONDS,
    /** So much usage may wait in the journal for the database. */
    journalBytes: env.CLAVIGER_JOURNAL_MEGABYTES * 1024 * 1024,
    /** So many reports, and pages and exports of the access log, are read at once; others wait. */
    reportConnections: env.CLAVIGER_REPORT_CONNECTIONS,
    /** How long streams may go on after SIGTERM. */
    drainSeconds: env.CLAVIGER_DRAIN_SECONDS,
    metricsToken: env.CLAVIGER_METRICS_TOKEN ?? null,
    /** How people get mail; null when they get none. */
    mail: mailOf(env),
    /** Where the audit trail is sent, besides to what the API connects. */
    auditFile: env.CLAVIGER_AUDIT_FILE ? resolve(env.CLAVIGER_AUDIT_FILE) : null,
    auditSyslog: env.CLAVIGER_AUDIT_SYSLOG ?? null,
    setup: {
      organization: env.CLAVIGER_SETUP_ORGANIZATION ?? null,
      email: env.CLAVIGER_SETUP_EMAIL ?? null,
      name: env.CLAVIGER_SETUP_NAME ?? null,
      tokenFile: env.CLAVIGER_SETUP_TOKEN_FILE ? resolve(env.CLAVIGER_SETUP_TOKEN_FILE) : null,
    },
  }
}

function mailOf({ CLAVIGER_SMTP_URL: smtpUrl, CLAVIGER_MAIL_FROM: from }: z.output<typeof Environment>) {
  return smtpUrl === undefined || from === undefined ? null : { smtpUrl, from }
}

/** How a server that listens on `host` is reached from its own machine. */
export function hostInUrl(host: string): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return reached.includes(':') ? `[${reached}]` : reached
}

function readSecretFiles(variables: Variables): { files: string[]; resolved: Variables } {
  const files: string[] = []
  const resolved: Variables = { ...variables }
  for (const name of SECRETS) {
    const path = variables[`${name}_FILE`]
    if (path === undefined) continue
    if (variables[name] !== undefined) files.push(`${name} and ${name}_FILE are both set: keep one.`)
    try {
      resolved[name] = readFileSync(path, 'utf8').trim()
    } catch {
      files.push(`${name}_FILE: expected a file that can be read, got ${JSON.stringify(path)}.`)
    }
  }
  return { files, resolved }
}

function contradictions(variables: Variables): string[] {
  const { PORT, CLAVIGER_PORT } = variables
  if (PORT !== undefined && CLAVIGER_PORT !== undefined && PORT !== CLAVIGER_PORT) {
    return ['PORT and CLAVIGER_PORT are both set and differ: keep one.']
  }
  return TOGETHER.flatMap((names) => {
    const missing = names.filter((name) => variables[name] === undefined)
    if (missing.length === 0 || missing.length === names.length) return []
    return [`${missing.join(', ')}: expected as well, when one of ${names.join(', ')} is set.`]
  })
}

/** Of these all are set, or none. */
const TOGETHER = [
  ['CLAVIGER_SETUP_ORGANIZATION', 'CLAVIGER_SETUP_EMAIL', 'CLAVIGER_SETUP_TOKEN_FILE'],
  ['CLAVIGER_SMTP_URL', 'CLAVIGER_MAIL_FROM'],
]

/** A secret's value is never repeated, not even a wrong one. */
function explain(name: string, variables: Variables): string {
  const schema = Environment.shape[name as keyof typeof Environment.shape] as z.ZodType
  const expected = schema.description ?? (schema as z.ZodOptional<z.ZodType>).unwrap().description
  const secret = SECRETS.some((known) => known === name)
  return `${name}: expected ${expected}${secret ? '' : `, got ${JSON.stringify(variables[name])}`}.`
}

function unknownVariables(variables: Variables): string[] {
  const known = [
    ...Object.keys(Environment.shape),
    ...SECRETS.map((name) => `${name}_FILE`),
    ...CLIENT_VARIABLES,
  ]
  return Object.keys(variables)
    .filter((name) => name.startsWith('CLAVIGER_') && !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known)
      return `${name}: there is no such variable.${nearest ? ` Did you mean ${nearest}?` : ''}`
    })
}
