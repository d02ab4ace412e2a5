import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure } from './failure.ts'

/** What the CLI takes from its surroundings. The one place of the CLI that reads the environment. */
export type Environment = {
  url: string | undefined
  token: string | undefined
  /** A key for the gateway, which `key test` asks what it may do. */
  apiKey: string | undefined
  /** The token of a workload, as GitLab and others put it there. */
  idToken: string | undefined
  /** Where a job of GitHub Actions asks for its token, and with what. */
  githubIdToken: { url: string; bearer: string } | null
  configFile: string
  /** Whether the operating system's keychain is asked to keep what `login` gets. */
  keychain: boolean
  dataDirectory: string
  /** The program that opens an address, when somebody chose one. */
  browser: string | undefined
  /** A browser on this machine is in front of whoever types. */
  desktop: boolean
  /** Somebody is there to answer a question. */
  interactive: boolean
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    url: env.CLAVIGER_URL || undefined,
    token: env.CLAVIGER_TOKEN || tokenIn(env.CLAVIGER_TOKEN_FILE),
    apiKey: env.CLAVIGER_API_KEY || undefined,
    idToken: env.CLAVIGER_ID_TOKEN || undefined,
    githubIdToken: githubIdToken(env),
    configFile: join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'claviger', 'config.json'),
    keychain: !env.CLAVIGER_NO_KEYCHAIN,
    dataDirectory: env.CLAVIGER_DATA_DIR || 'claviger-data',
    browser: env.BROWSER || undefined,
    desktop: isDesktop(env),
    interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY && !env.CI),
  }
}

function isDesktop(env: NodeJS.ProcessEnv): boolean {
  if (env.BROWSER) return true
  if (env.SSH_CONNECTION) return false
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

function tokenIn(path: string | undefined): string | undefined {
  if (!path) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new Failure('usage', `CLAVIGER_TOKEN_FILE: the file ${path} cannot be read.`, { cause })
  }
}

/** https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token */
function githubIdToken(env: NodeJS.ProcessEnv): Environment['githubIdToken'] {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env
  return url && bearer ? { url, bearer } : null
}
