import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'

/** May stand before a secret: anything but a letter, or the letter of a JSON escape such as `\n`. */
const START = String.raw`(?<=^|[^A-Za-z]|\\[bfnrt])`

/** Secrets by their shape, whoever put them there: our keys and tokens, providers' secrets, what signs webhooks, credentials in headers and URLs. */
const SECRETS: readonly RegExp[] = [
  new RegExp(String.raw`${START}(?:sk-(?!cvg-(?:dev|stg|prd)-…)|xai-|pplx-|nvapi-)[\w-]{8,}`, 'g'),
  new RegExp(String.raw`${START}(?:cvg_[a-z]+_|gsk_|hf_|r8_|AIza|AQ\.|ABSK)[\w+/-]{8,}`, 'g'),
  new RegExp(String.raw`${START}whsec_[\w+/=%-]{8,}`, 'g'),
  /(?<=hooks\.slack\.com(?:\/|%2F)services(?:\/|%2F))[\w/%-]+/g,
  /(?:Bearer|Basic)(?:\s|%20)+[\w.~+/=-]{8,}/gi,
  /(?<=:\/\/[^\s:/@"]*:)[^\s/@"]+(?=@)/g,
]

export function redact(text: string): string {
  return SECRETS.reduce((clean, pattern) => clean.replace(pattern, '[redacted]'), text)
}

/**
 * The log: one JSON object per line. Every line is searched for secrets as it is written, so one inside an error, a
 * nested object or a message is caught as well.
 */
export function createLog(config: Pick<Config, 'logLevel'>, write = writeOut): Logger {
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  }
  return pino(options, { write: (line) => write(redact(line)) })
}

function writeOut(line: string): void {
  process.stdout.write(line)
}
