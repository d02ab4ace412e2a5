import { endAccess } from './end-access.ts'
import { lapseRequests } from './lapse-requests.ts'
import type { NamedSweep } from './sweep.ts'

/** What is swept of access requests, approvals and deliveries. */
export const requestsSweeps: NamedSweep[] = [
  { name: 'end-access', everySeconds: 10, sweep: endAccess },
  { name: 'lapse-requests', everySeconds: 60, sweep: lapseRequests },
]
