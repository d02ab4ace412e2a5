import { spawn } from 'node:child_process'
import type { Environment } from './environment.ts'

/** Opens an address in the browser of this machine, as far as that goes: whoever calls this prints it as well. */
export function openBrowser({ browser }: Environment, url: string): void {
  const [command, ...args] = opener(browser)
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

function opener(browser: string | undefined): [string, ...string[]] {
  if (browser !== undefined) return [browser]
  switch (process.platform) {
    case 'darwin':
      return ['open']
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler']
    default:
      return ['xdg-open']
  }
}
