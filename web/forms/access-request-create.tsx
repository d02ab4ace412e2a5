import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { accessRequestCreate } from '../../src/contract/access-requests.ts'
import {
  ASKED_ROLES,
  ASKS_FOR,
  REQUEST_KINDS,
  type RequestKind,
  TARGETS,
} from '../../src/domain/access-request.ts'
import { useAct } from '../api.ts'
import { type Search, useAddress } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'
import { useGo } from '../ui/To.tsx'
import { About } from './access-request-about.tsx'
import { type Asked, type Told, termsToAsk } from './access-request-asked.ts'
import { Terms } from './access-request-terms.tsx'

/**
 * Asks for something: `?new=model` opens it, and `projectId`, `keyId`, `budgetId`, `model`, `role` and so on in the address
 * say what it is about.
 */
export function AccessRequestCreate({ onClose }: { onClose: () => void }) {
  const [{ new: wanted, ...address }, setAddress] = useAddress()
  const kind = REQUEST_KINDS.find((one) => one === wanted)
  const act = useAct(accessRequestCreate)
  const go = useGo()
  const [asked, setAsked] = useState<Asked>({})
  const given = TARGETS.find((target) => address[target] !== undefined)
  const targets = asked.targets ?? (given ? { [given]: address[given] } : {})
  const { reason = '', targets: _, ...said } = asked
  const terms = { ...(kind ? toldBy(kind, address) : {}), ...said }
  const submit = () => {
    if (kind === undefined) return
    act.mutate(
      { input: { body: { kind, reason, ...targets, ...termsToAsk(kind, terms) } } },
      {
        onSuccess: (request) => {
          toast(
            request.state === 'approved' ? 'Approved at once, by a rule.' : 'Asked. Whoever decides is told.',
          )
          go({ to: '/requests/$accessRequestId', params: { accessRequestId: request.id } })
        },
      },
    )
  }
  return (
    <FormPanel
      opened={kind !== undefined}
      onClose={onClose}
      title="Request something"
      act="Send the request"
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      {kind && (
        <>
          <Select
            label="What do you need?"
            allowDeselect={false}
            data={REQUEST_KINDS.map((value) => ({ value, label: capital(ASKS_FOR[value]) }))}
            value={kind}
            onChange={(next) => {
              setAsked({ reason })
              act.reset()
              setAddress({ new: next ?? undefined })
            }}
          />
          <About kind={kind} targets={targets} choose={(next) => setAsked({ ...asked, targets: next })} />
          <Terms
            key={kind}
            kind={kind}
            targets={targets}
            terms={terms}
            change={(more) => setAsked({ ...asked, ...more })}
          />
          <Textarea
            label="Why"
            description="Whoever decides reads this, and it is kept in the audit log."
            required
            autosize
            minRows={2}
            maxLength={1000}
            value={reason}
            onChange={({ currentTarget }) => setAsked({ ...asked, reason: currentTarget.value })}
          />
        </>
      )}
    </FormPanel>
  )
}

/** What of the terms the address says. */
function toldBy(kind: RequestKind, { model, role }: Search): Told {
  if (kind === 'model') return model ? { models: [model] } : {}
  const asked = ASKED_ROLES.find((one) => one === role)
  return asked && (kind === 'team' || kind === 'production') ? { role: asked } : {}
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
