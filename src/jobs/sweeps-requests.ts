import type { NamedSweep } from './sweep.ts'

/** What is swept of access requests, approvals and deliveries. */
export const requestsSweeps: NamedSweep[] = []
