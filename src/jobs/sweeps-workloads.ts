import type { NamedSweep } from './sweep.ts'

/** What is swept of workloads and their trust rules. */
export const workloadsSweeps: NamedSweep[] = []
