import { useQuery } from '@tanstack/react-query'
import { modelList } from '../../../src/contract/models.ts'
import { matchesPattern } from '../../../src/domain/policy.ts'
import { allOf } from '../../all.ts'
import { useViewer } from '../../viewer.ts'
import type { Key } from './Place.tsx'
import { explainedOf } from './WhatIsLeft.tsx'

/** A program's first call is to be cheap: small models of those who make the most, then what answers without a network. */
const FIRST = [/^gpt-[\d.]+-mini$/, /^claude-haiku-[\d-]+$/, /^claude-sonnet-[\d-]+$/, /flash/, /^echo$/]

/**
 * The models that a key's policies name, as callers may write them, those first that one would try first: with the name of
 * their provider and without, since a policy may name either. `toTry` has the first of each provider. Whether a call would
 * pass is another question: `keyExplain` answers it.
 */
export function useModelsOf(
  key: Key,
  wanted = true,
): { names: string[]; toTry: string[]; isPending: boolean } {
  const { somewhere } = useViewer()
  const models = useQuery({ ...allOf(modelList, {}), enabled: wanted && somewhere('model:read') })
  const explained = useQuery({ ...explainedOf(key.id), enabled: wanted })
  const policies = (explained.data?.rules ?? []).flatMap(({ policy }) =>
    policy?.models ? [policy.models] : [],
  )
  const priced = (models.data ?? []).filter(({ deprecated, price }) => !deprecated && price !== null)
  return { ...offered(priced, policies), isPending: models.isLoading || explained.isLoading }
}

type Named = { name: string; providerId: string; providerName: string }

/** `policies`: the patterns of each policy that names models. All of them have to match. */
export function offered(models: Named[], policies: string[][]): { names: string[]; toTry: string[] } {
  const matches = (name: string) =>
    policies.every((patterns) => patterns.some((pattern) => matchesPattern(pattern, name)))
  const allowed = models
    .map((model) => ({ ...model, short: shortOf(model) }))
    .map((model) => ({ ...model, forms: [...new Set([model.short, model.name])].filter(matches) }))
    .filter(({ forms }) => forms.length > 0)
    .sort((a, b) => rankOf(a.short) - rankOf(b.short) || inOrder(b.short, a.short))
  const first = new Map<string, string[]>()
  for (const { providerId, forms } of allowed) if (!first.has(providerId)) first.set(providerId, forms)
  return {
    names: [...new Set(allowed.flatMap(({ forms }) => forms))],
    toTry: [...new Set([...first.values()].flat())],
  }
}

function shortOf({ name, providerName }: Named): string {
  return name.startsWith(`${providerName}/`) ? name.slice(providerName.length + 1) : name
}

function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function rankOf(name: string): number {
  const rank = FIRST.findIndex((pattern) => pattern.test(name))
  return rank < 0 ? FIRST.length : rank
}
