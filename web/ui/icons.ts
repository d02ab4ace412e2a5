import {
  BadgeDollarSign,
  Boxes,
  ChartColumn,
  FileText,
  Flag,
  GraduationCap,
  House,
  Inbox,
  KeyRound,
  type LucideIcon,
  PlugZap,
  ScrollText,
  ShieldCheck,
  UserRoundKey,
  Users,
  UsersRound,
} from 'lucide-react'
import type { Path } from '../paths.ts'

/** The pages that the navigation lists. */
export const ICONS: Partial<Record<Path, LucideIcon>> = {
  '/': House,
  '/my-keys': UserRoundKey,
  '/keys': KeyRound,
  '/usage': ChartColumn,
  '/requests': Inbox,
  '/teams': UsersRound,
  '/people': Users,
  '/models': Boxes,
  '/providers': PlugZap,
  '/budgets': BadgeDollarSign,
  '/audit': ScrollText,
  '/access-log': FileText,
  '/findings': Flag,
  '/documents': GraduationCap,
  '/roles': ShieldCheck,
}
