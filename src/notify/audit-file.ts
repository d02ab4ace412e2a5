import { appendFile } from 'node:fs/promises'

/** Appends lines, and returns when they are on the disk. The file is opened anew each time, so that it may be rotated. */
export async function appendLines(path: string, lines: string[]): Promise<void> {
  await appendFile(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flush: true })
}
