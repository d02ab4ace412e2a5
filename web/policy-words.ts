import type { Output } from '../src/contract/operation.ts'
import type { policyView } from '../src/contract/policies.ts'
import { count } from './format.ts'

type Policy = Pick<
  Output<typeof policyView>,
  'models' | 'operations' | 'providers' | 'hostedTools' | 'maxOutputTokens' | 'ipAllowlist' | 'ipMode'
>

type Matter = { matter: string; says: string; restricts: boolean }

/** A policy matter by matter, as a person reads it. */
export function mattersOf(policy: Policy): Matter[] {
  const list = (matter: string, all: string, none: string, items: readonly string[] | null): Matter => ({
    matter,
    restricts: items !== null,
    says: items === null ? all : items.length === 0 ? none : items.join(', '),
  })
  return [
    list('Models', 'any model', 'no model at all', policy.models),
    list('Operations', 'any operation', 'no operation at all', policy.operations),
    list('Providers', 'any provider', 'no provider at all', policy.providers),
    list('Hosted tools', 'what another level names', 'none', policy.hostedTools),
    {
      matter: 'Output per call',
      restricts: policy.maxOutputTokens !== null,
      says:
        policy.maxOutputTokens === null
          ? 'as much as the model gives'
          : `at most ${count(policy.maxOutputTokens)} tokens`,
    },
    list(
      policy.ipMode === 'monitor' && policy.ipAllowlist !== null ? 'Addresses (only recorded)' : 'Addresses',
      'from anywhere',
      'from nowhere',
      policy.ipAllowlist,
    ),
  ]
}
