import type { Permission } from '../../../src/domain/permission.ts'

/** The sections of the settings, in the order in which they are listed. */
export const SECTIONS = [
  { id: 'organization', title: 'Organization', needs: 'organization:read' },
  { id: 'sign-in', title: 'Sign-in', needs: 'security:read' },
  { id: 'sso', title: 'Single sign-on', needs: 'connection:read' },
  { id: 'network', title: 'Network', needs: 'policy:read' },
  { id: 'requests', title: 'Requests', needs: 'approval-rule:read' },
  { id: 'keys', title: 'Keys', needs: 'organization:read' },
  { id: 'notifications', title: 'Notifications', needs: 'channel:read' },
  { id: 'data', title: 'Data and health', needs: 'security:read' },
] as const satisfies { id: string; title: string; needs: Permission }[]

export type SectionId = (typeof SECTIONS)[number]['id']
