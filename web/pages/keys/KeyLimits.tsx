import { useQuery } from '@tanstack/react-query'
import { policyView } from '../../../src/contract/policies.ts'
import { q } from '../../api.ts'
import { PolicyForm } from '../../forms/policy.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { useCan } from '../../viewer.ts'
import { PlaceBudgets } from '../budgets/PlaceBudgets.tsx'
import { PlaceRateLimits } from '../budgets/PlaceRateLimits.tsx'
import classes from './keys.module.css'
import type { Key, NameOf } from './Place.tsx'
import { wordsOfPolicy } from './rule-words.ts'
import { WhatIsLeft } from './WhatIsLeft.tsx'

/** What this key itself is held to, to change it; and what the levels above it say besides. */
export function KeyLimits({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const scope = { type: 'key' as const, id: key.id }
  return (
    <>
      <Policy of={key} />
      <PlaceBudgets scope={scope} title="Budgets of this key" />
      <PlaceRateLimits scope={scope} title="Rate limits of this key" />
      <Section title="With all that is above it" note="Each level that says something, widest first.">
        <WhatIsLeft of={key} nameOf={nameOf} />
      </Section>
    </>
  )
}

function Policy({ of: key }: { of: Key }) {
  const [address, setAddress] = useAddress()
  const scope = { type: 'key' as const, id: key.id }
  const can = useCan([scope])
  const policy = useQuery(q(policyView, { params: { scopeType: 'key', scopeId: key.id } }))
  return (
    <Section
      title="Policy of this key"
      note="What it may do, within what the levels above it allow."
      actions={
        <ActButton
          variant="default"
          can={can('policy:update', key.id)}
          onClick={() => setAddress({ edit: 'policy' }, false)}
        >
          Change policy
        </ActButton>
      }
    >
      <Region of={policy} rows={2}>
        {(policy) => {
          const words = wordsOfPolicy(policy)
          return (
            <Card>
              {words.length > 0 ? (
                <span className={classes.limit}>
                  {words.map((text) => (
                    <span key={text}>{text}</span>
                  ))}
                </span>
              ) : (
                <span className="muted">It has none of its own: what is above it decides.</span>
              )}
            </Card>
          )
        }}
      </Region>
      {policy.data && address.edit === 'policy' && (
        <PolicyForm
          scope={scope}
          policy={policy.data}
          title={`What ${key.name} may do`}
          onClose={() => setAddress({ edit: undefined })}
        />
      )}
    </Section>
  )
}
