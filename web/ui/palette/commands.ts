import type { Permission } from '../../../src/domain/permission.ts'
import type { Target } from '../To.tsx'

/** What can be begun from anywhere: the page opens with its form. */
export type Command = { title: string; needs: Permission | null; target: Target }

export const COMMANDS: Command[] = [
  { title: 'Create a key', needs: 'key:create', target: { to: '/keys', search: { new: '1' } } },
  {
    title: 'Invite somebody',
    needs: 'invitation:create',
    target: { to: '/people', search: { new: 'invitation' } },
  },
  { title: 'Create a team', needs: 'team:create', target: { to: '/teams', search: { new: 'team' } } },
  { title: 'Create a budget', needs: 'budget:create', target: { to: '/budgets', search: { new: 'budget' } } },
  { title: 'Ask for access', needs: null, target: { to: '/requests', search: { new: 'key' } } },
]
