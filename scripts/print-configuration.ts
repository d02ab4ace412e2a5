import type { z } from 'zod'
import { Environment, SECRETS } from '../src/config.ts'

type Variable = keyof typeof Environment.shape

/** What each variable is for. A variable without a line here does not pass the type check. */
const ABOUT: Record<Variable, string> = {
  DATABASE_URL:
    'The PostgreSQL 15 or newer to use. Without it, the embedded PostgreSQL 18 in the data directory.',
  ROLES:
    'What this process does. Any number of processes may serve the gateway of one database, and do its jobs.',
  PORT: 'Where it listens; 8484 when not set.',
  CLAVIGER_PORT: 'The same as `PORT`.',
  CLAVIGER_GATEWAY_PORT: 'Gives the gateway a port of its own.',
  CLAVIGER_HOST: 'The address it listens on. Loopback only, unless you say otherwise.',
  CLAVIGER_URL:
    'Where people and callers reach it, when that is not the address it listens on. Passkeys belong to its host, which must be a name: with HTTPS, or `localhost`.',
  CLAVIGER_DATA_DIR:
    'Holds the root key, the journal and the embedded database. Keep it, and keep it private.',
  CLAVIGER_ROOT_KEY:
    'Seals everything secret in the database. Without it, one is made in the data directory on the first start. Keep a copy elsewhere.',
  CLAVIGER_LOG_LEVEL: 'Logs are lines of JSON on standard output.',
  CLAVIGER_TRUSTED_PROXIES:
    'Networks whose `X-Forwarded-For` is believed. The right-most address outside them is the caller.',
  CLAVIGER_PRIVATE_UPSTREAMS:
    'Private networks that providers may be in (Ollama, vLLM). All others are refused at connect.',
  CLAVIGER_MAX_BODY_BYTES: 'The largest body of a call. Eight times this is held for all calls together.',
  CLAVIGER_STALE_SECONDS:
    'How long keys, budgets and rate limits are used as they are known while the database is away.',
  CLAVIGER_JOURNAL_MEGABYTES:
    'How much usage may wait in the journal for the database. Once it is full calls are refused, those under way are still written.',
  CLAVIGER_REPORT_CONNECTIONS:
    'How many usage reports, and pages and exports of the access log, are read from the database at once. Others wait; one that takes more than ten seconds is given up.',
  CLAVIGER_DRAIN_SECONDS: 'How long open calls may go on after SIGTERM.',
  CLAVIGER_METRICS_TOKEN: 'Lets others than this machine read `/metrics`, as a bearer token.',
  CLAVIGER_SMTP_URL:
    'Sends mail to people: `smtp:` (with STARTTLS, which only a private host may lack) or `smtps:`. Without it, links are shown to the admin who acts.',
  CLAVIGER_MAIL_FROM: 'Who that mail comes from.',
  CLAVIGER_AUDIT_FILE: 'A file to which the audit trail is appended, one CloudEvent a line.',
  CLAVIGER_AUDIT_SYSLOG:
    'A syslog server that gets the audit trail (RFC 5424): `tcp://` or `tls://`, host and port.',
  CLAVIGER_SETUP_ORGANIZATION: 'Sets up a new installation without a person: whose it is.',
  CLAVIGER_SETUP_EMAIL: "The owner's e-mail address.",
  CLAVIGER_SETUP_NAME: "The owner's name; the address when not set.",
  CLAVIGER_SETUP_TOKEN_FILE:
    "Where the owner's API token is written, for its owner only. If the file is not there on an installation that is set up, that owner gets a new token: keep the file, or remove these variables.",
}

/** Prints `docs/configuration.md` from the schema that reads the environment. */
export function printConfiguration(): string {
  const rows = (Object.keys(ABOUT) as Variable[]).map((name) => {
    const { expected, fallback } = shapeOf(Environment.shape[name])
    const file = SECRETS.some((secret) => secret === name)
      ? ` Or \`${name}_FILE\`: a file that holds it.`
      : ''
    return `| \`${name}\` | ${expected} | ${fallback} | ${ABOUT[name]}${file} |`
  })
  return `${HEAD}${rows.join('\n')}\n`
}

function shapeOf(schema: z.ZodType): { expected: string; fallback: string } {
  // Every variable is optional or has a default, and both wrap what is expected.
  const wrapped = schema as z.ZodOptional<z.ZodType> | z.ZodDefault<z.ZodType>
  const fallback = schema.safeParse(undefined).data
  const shown = Array.isArray(fallback) ? fallback.join(',') : fallback
  const expected = schema.description ?? wrapped.unwrap().description ?? ''
  return { expected, fallback: shown === undefined || shown === '' ? '' : `\`${shown}\`` }
}

const HEAD = `# Configuration

Printed by \`npm run gen\` from \`src/config.ts\`. Claviger reads these environment variables and nothing else. A variable
that is unknown or malformed stops the start, with one message that names it and what is expected.

The command line reads \`CLAVIGER_URL\` and \`CLAVIGER_TOKEN\`; see \`claviger help environment\`.

| variable | expected | default | what it does |
|---|---|---|---|
`
