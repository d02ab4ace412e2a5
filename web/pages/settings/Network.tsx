import { Radio, Stack, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { policySet, policyView } from '../../../src/contract/policies.ts'
import { securityUpdate, securityView } from '../../../src/contract/security.ts'
import { serverView } from '../../../src/contract/server.ts'
import { q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { inWords } from '../../clashes.ts'
import { count } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { type Policy, rulesOf } from '../../forms/policy-rules.ts'
import { toast } from '../../ui/announce.tsx'
import { Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { holds, linesOf, problemIn } from './ranges.ts'
import { SettingsForm } from './SettingsForm.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'
import classes from './settings.module.css'

type Security = Output<typeof securityView>

export function Network() {
  const { organization } = useViewer()
  const params = { scopeType: 'organization' as const, scopeId: organization.id }
  const policy = useQuery(q(policyView, { params }))
  const security = useQuery(q(securityView, {}))
  const server = useQuery(q(serverView, {}))
  return (
    <SettingsFrame
      title="Network"
      lead={policy.data && security.data && `${whoCalls(policy.data)} ${whoSignsIn(security.data)}`}
    >
      <Section
        title="Who may reach the dashboard and its API"
        note="Sessions and API tokens. From elsewhere neither is taken, whoever holds it."
      >
        <Region of={security} rows={4}>
          {(data) => (
            <AsOpened now={data} fields={controlPlaneOf} labels={CONTROL_PLANE_LABELS}>
              {(form) => <ControlPlane form={form} yourAddress={server.data?.yourAddress ?? null} />}
            </AsOpened>
          )}
        </Region>
      </Section>
      <Section
        title="Who may call models"
        note="Calls through the gateway, with any key of the organization. Teams, projects and keys may have narrower lists."
      >
        <Region of={policy} rows={5}>
          {(data) => (
            <AsOpened now={data} fields={gatewayOf} labels={GATEWAY_LABELS}>
              {(form) => <Gateway form={form} />}
            </AsOpened>
          )}
        </Region>
      </Section>
    </SettingsFrame>
  )
}

function whoCalls({ ipAllowlist, ipMode }: Policy): string {
  if (ipAllowlist === null) return 'Keys work from any address, unless a narrower rule says otherwise.'
  return ipMode === 'enforce'
    ? `Keys work from ${rangesInWords(ipAllowlist)}; calls from elsewhere are refused.`
    : `Keys are meant to work from ${rangesInWords(ipAllowlist)}; calls from elsewhere are only recorded.`
}

function whoSignsIn({ ipAllowlist }: Security): string {
  if (ipAllowlist.length === 0) return 'People sign in from any address.'
  return `People sign in from ${rangesInWords(ipAllowlist)}.`
}

function rangesInWords(ranges: string[]): string {
  return `${count(ranges.length)} ${ranges.length === 1 ? 'range' : 'ranges'} of addresses`
}

function controlPlaneOf({ ipAllowlist }: Security) {
  return { ipAllowlist: ipAllowlist.join('\n') }
}

const CONTROL_PLANE_LABELS = { ipAllowlist: 'Addresses that people and API tokens come from' }

type ControlPlaneProps = {
  form: Draft<Security, ReturnType<typeof controlPlaneOf>>
  yourAddress: string | null
}

/** Saving a list that does not hold the viewer takes their word for it: the API refuses it otherwise. */
function ControlPlane({ form, yourAddress }: ControlPlaneProps) {
  const { inOrganization } = useViewer()
  const act = useAct(securityUpdate)
  const { thing: security, fields, set } = form
  const [asking, setAsking] = useState(false)
  const lines = linesOf(fields.ipAllowlist)
  const problem = problemIn(lines)
  const out = lines.length > 0 && problem === null && yourAddress !== null && !holds(lines, yourAddress)
  const save = (shutMeOut: boolean) =>
    act.mutate(
      {
        input: { body: { ipAllowlist: lines, ...(shutMeOut ? { shutMeOut } : {}) } },
        ifMatch: security.version,
      },
      {
        onSuccess: () => {
          toast('Saved. It binds from the next request on.')
          setAsking(false)
        },
      },
    )
  return (
    <>
      <SettingsForm
        can={inOrganization('security:update')}
        changed={lines.join() !== security.ipAllowlist.join()}
        invalid={problem !== null}
        pending={act.isPending && !asking}
        error={asking ? null : act.error}
        onSave={() => (out ? setAsking(true) : save(false))}
      >
        <Textarea
          label={CONTROL_PLANE_LABELS.ipAllowlist}
          description="An address or a range such as 203.0.113.0/24 on each line. Empty: any address."
          autosize
          minRows={3}
          value={fields.ipAllowlist}
          error={problem}
          onChange={({ currentTarget }) => set({ ipAllowlist: currentTarget.value })}
        />
        {yourAddress !== null && (
          <div className={out ? classes.warning : classes.note}>
            You come from <code>{yourAddress}</code>.{' '}
            {out
              ? 'This list does not hold it: saved, it shuts you out at once.'
              : 'If that is your proxy and not you, set CLAVIGER_TRUSTED_PROXIES first.'}
          </div>
        )}
      </SettingsForm>
      <ConfirmDialog
        opened={asking}
        onClose={() => {
          // What was refused here is not the form's to send again.
          act.reset()
          setAsking(false)
        }}
        title="Shut yourself out?"
        act="Save it all the same"
        danger
        {...(yourAddress === null ? {} : { typed: yourAddress })}
        pending={act.isPending}
        error={act.error}
        onConfirm={() => save(true)}
      >
        The list does not hold the address that you come from. From the next click on you get no further, and
        nobody else from there does. The way back is a start of the server with{' '}
        <code>CLAVIGER_SETUP_TOKEN_FILE</code>, on its own machine.
      </ConfirmDialog>
    </>
  )
}

function gatewayOf({ ipAllowlist, ipMode }: Policy) {
  return { ipAllowlist: (ipAllowlist ?? []).join('\n'), ipMode }
}

const GATEWAY_LABELS = {
  ipAllowlist: 'Addresses that may call',
  ipMode: inWords('Calls from elsewhere', {
    enforce: 'Are refused',
    monitor: 'Are let through and recorded',
  }),
}

/** A policy is saved as a whole: what this form does not show, or was not changed in it, is as it was last read. */
function Gateway({ form }: { form: Draft<Policy, ReturnType<typeof gatewayOf>> }) {
  const { organization } = useViewer()
  const can = useCan([{ type: 'organization', id: organization.id }])('policy:update', organization.id)
  const act = useAct(policySet)
  const { thing: policy, fields, set, only } = form
  const mode = fields.ipMode
  const lines = linesOf(fields.ipAllowlist)
  const problem = problemIn(lines)
  const changed = lines.join() !== (policy.ipAllowlist ?? []).join() || mode !== policy.ipMode
  const save = () =>
    act.mutate(
      {
        input: {
          params: { scopeType: 'organization', scopeId: organization.id },
          // An empty list would let nobody in: no line means that there is no rule.
          body: {
            ...rulesOf(policy),
            ...only({ ipAllowlist: lines.length === 0 ? null : lines, ipMode: mode }),
          },
        },
        ifMatch: policy.version,
      },
      { onSuccess: () => toast('Saved. It binds at the gateway within two seconds.') },
    )
  return (
    <SettingsForm
      can={can}
      changed={changed}
      invalid={problem !== null}
      pending={act.isPending}
      error={act.error}
      onSave={save}
    >
      <Textarea
        label={GATEWAY_LABELS.ipAllowlist}
        description="An address or a range such as 10.0.0.0/8 on each line. Empty: any address."
        autosize
        minRows={4}
        value={fields.ipAllowlist}
        error={problem}
        onChange={({ currentTarget }) => set({ ipAllowlist: currentTarget.value })}
      />
      <Radio.Group
        label={GATEWAY_LABELS.ipMode.label}
        value={mode}
        onChange={(next) => set({ ipMode: next === 'monitor' ? 'monitor' : 'enforce' })}
      >
        <Stack gap={6} mt={4}>
          <Radio value="enforce" label="Are refused" />
          <Radio
            value="monitor"
            label="Are let through and recorded"
            description="To see in the access log whom a list would refuse, before it does."
          />
        </Stack>
      </Radio.Group>
      {lines.length > 0 && mode === 'enforce' && (
        <div className={classes.warning}>
          It binds production too. A program that calls from an address that is not listed stops within two
          seconds. It does not concern the dashboard: you are not shut out.
        </div>
      )}
    </SettingsForm>
  )
}
