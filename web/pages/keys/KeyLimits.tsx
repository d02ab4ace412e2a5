import { Section } from '../../ui/Page.tsx'
import { PlaceBudgets } from '../budgets/PlaceBudgets.tsx'
import { PlaceCredits } from '../budgets/PlaceCredits.tsx'
import { PlaceRateLimits } from '../budgets/PlaceRateLimits.tsx'
import { PolicyPanel } from '../teams/PolicyPanel.tsx'
import type { Key, NameOf } from './Place.tsx'
import { WhatIsLeft } from './WhatIsLeft.tsx'

/** What this key itself is held to, to change it; and what the levels above it say besides. */
export function KeyLimits({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const scope = { type: 'key' as const, id: key.id }
  return (
    <>
      <PolicyPanel
        scope={scope}
        projectId={key.projectId}
        title="What this key may use"
        note="Within what the levels above it allow."
      />
      <PlaceBudgets scope={scope} title="Budgets of this key" />
      <PlaceRateLimits scope={scope} projectId={key.projectId} title="Rate limits of this key" />
      <PlaceCredits scope={scope} />
      <Section title="With all that is above it" note="Each level that says something, widest first.">
        <WhatIsLeft of={key} nameOf={nameOf} />
      </Section>
    </>
  )
}
