import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CirclePause,
  Clock,
  type LucideIcon,
  ShieldAlert,
  TriangleAlert,
} from 'lucide-react'
import classes from './Status.module.css'

/** `waiting` is for what time will end; `accent` for what only stands out. */
export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'accent' | 'waiting' | 'production'

const ICON: Record<Tone, LucideIcon> = {
  good: CircleCheck,
  warn: TriangleAlert,
  bad: Ban,
  quiet: CircleDashed,
  accent: CircleDot,
  waiting: Clock,
  production: ShieldAlert,
}

/** A state, as an icon and a word: never by colour alone. */
export function Status({ tone, children, paused }: { tone: Tone; children: string; paused?: boolean }) {
  const Icon = paused ? CirclePause : ICON[tone]
  return (
    <span className={`${classes.status} ${classes[tone]}`}>
      <Icon size={13} aria-hidden />
      {children}
    </span>
  )
}

const KINDS: Record<string, { tone: Tone; text: string }> = {
  production: { tone: 'production', text: 'PRODUCTION' },
  staging: { tone: 'accent', text: 'staging' },
  development: { tone: 'quiet', text: 'development' },
}

/** What kind of environment something works in. Production is never mistaken for another. */
export function EnvironmentBadge({ kind }: { kind: string }) {
  const { tone, text } = KINDS[kind] ?? { tone: 'quiet' as const, text: kind }
  return <Status tone={tone}>{text}</Status>
}

const KEY_STATES: Record<string, { tone: Tone; text: string; paused?: boolean }> = {
  active: { tone: 'good', text: 'active' },
  suspended: { tone: 'warn', text: 'suspended', paused: true },
  expired: { tone: 'quiet', text: 'expired' },
  revoked: { tone: 'bad', text: 'revoked' },
}

export function KeyState({ state }: { state: string }) {
  const { tone, text, paused = false } = KEY_STATES[state] ?? { tone: 'quiet' as const, text: state }
  return (
    <Status tone={tone} paused={paused}>
      {text}
    </Status>
  )
}
