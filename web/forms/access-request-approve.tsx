import { NumberInput, TagsInput, Textarea, TextInput } from '@mantine/core'
import { accessRequestApprove } from '../../src/contract/access-requests.ts'
import type { Input } from '../../src/contract/operation.ts'
import { ASKED_ROLES, type Terms } from '../../src/domain/access-request.ts'
import { useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import { type Request, termsInForce } from '../pages/requests/words.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { MomentInput } from '../ui/MomentInput.tsx'
import { Select } from '../ui/Select.tsx'

type Less = Input<typeof accessRequestApprove>['body']

type Props = { request: Request; onClose: () => void }

/** Approves a request as it was asked for, or less of it: what is not changed here is given as it is. Mount it when it is opened. */
export function AccessRequestApprove({ request, onClose }: Props) {
  return (
    <AsOpened now={request} fields={asAsked} labels="whole">
      {(form) => <Form form={form} onClose={onClose} />}
    </AsOpened>
  )
}

/** Nothing less than what was asked for. */
function asAsked(): Less {
  return {}
}

function Form({ form, onClose }: { form: Draft<Request, Less>; onClose: () => void }) {
  const act = useAct(accessRequestApprove)
  const { thing: request, fields: less, set } = form
  const terms = termsInForce(request)
  const narrower = Object.entries(less).some(
    ([name, value]) => name !== 'comment' && value !== undefined && value !== terms[name as keyof Terms],
  )
  const body = Object.fromEntries(
    Object.entries(less).filter(
      ([name, value]) => value !== undefined && value !== '' && value !== terms[name as keyof Terms],
    ),
  )
  const submit = () =>
    act.mutate(
      { input: { params: { accessRequestId: request.id }, body }, ifMatch: request.version },
      {
        onSuccess: ({ state }) => {
          toast(state === 'approved' ? 'Approved.' : 'Approved by you. It takes more people.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Approve the request"
      act={narrower ? 'Approve less' : 'Approve as asked'}
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      <div>
        Leave it as it was asked for, or give less.
        {request.approvals.given > 0 && ' When you give less, approvals before yours no longer count.'}
      </div>
      <Narrower terms={terms} less={less} change={set} />
      <Textarea
        label="Comment"
        description="For who asked."
        maxLength={1000}
        autosize
        value={less.comment ?? ''}
        onChange={({ currentTarget }) => set({ comment: currentTarget.value || undefined })}
      />
    </FormPanel>
  )
}

function Narrower({ terms, less, change }: { terms: Terms; less: Less; change: (more: Less) => void }) {
  const { role, models, addUsd, addRequestsPerMinute, addTokensPerMinute, expiresAt, until } = terms
  return (
    <>
      {role === 'builder' && (
        <Select
          label="Role"
          allowDeselect={false}
          data={[...ASKED_ROLES]}
          value={less.role ?? role}
          onChange={(next) => change({ role: ASKED_ROLES.find((one) => one === next) })}
        />
      )}
      {models && (
        <TagsInput
          label="Models"
          description="Take some away. In the place of one with * write a model that it means."
          required
          data={models}
          value={less.models ?? models}
          onChange={(next) => change({ models: isSame(next, models) ? undefined : next })}
        />
      )}
      {addUsd !== undefined && (
        <TextInput
          label="How much more, in USD"
          description={`At most ${addUsd}.`}
          inputMode="decimal"
          value={less.addUsd ?? addUsd}
          onChange={({ currentTarget }) => change({ addUsd: currentTarget.value.trim() })}
        />
      )}
      {addRequestsPerMinute !== undefined && (
        <NumberInput
          label="More calls a minute"
          min={1}
          max={addRequestsPerMinute}
          value={less.addRequestsPerMinute ?? addRequestsPerMinute}
          onChange={(value) => change({ addRequestsPerMinute: Number(value) })}
        />
      )}
      {addTokensPerMinute !== undefined && (
        <NumberInput
          label="More tokens a minute"
          min={1}
          max={addTokensPerMinute}
          value={less.addTokensPerMinute ?? addTokensPerMinute}
          onChange={(value) => change({ addTokensPerMinute: Number(value) })}
        />
      )}
      {expiresAt !== undefined ? (
        <MomentInput
          label="New end of the key"
          max={expiresAt}
          value={less.expiresAt ?? expiresAt}
          onChange={(next) => change({ expiresAt: next || undefined })}
        />
      ) : (
        <MomentInput
          label="Until"
          description={
            until === undefined ? 'It was asked for without an end.' : 'Or earlier than was asked for.'
          }
          {...(until === undefined ? {} : { max: until })}
          value={less.until ?? until ?? ''}
          onChange={(next) => change({ until: next || undefined })}
        />
      )}
    </>
  )
}

function isSame(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
