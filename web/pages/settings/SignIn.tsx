import { MultiSelect, NumberInput, Radio, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Output } from '../../../src/contract/operation.ts'
import { roleList } from '../../../src/contract/roles.ts'
import { securityUpdate, securityView } from '../../../src/contract/security.ts'
import { MFA, type MfaPolicy } from '../../../src/domain/mfa-policy.ts'
import { q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { type Labels, unsaid } from '../../clashes.ts'
import { count } from '../../format.ts'
import { toast } from '../../ui/announce.tsx'
import { Region } from '../../ui/Region.tsx'
import { useViewer } from '../../viewer.ts'
import { SettingsForm } from './SettingsForm.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'
import classes from './settings.module.css'

type Security = Output<typeof securityView>

const MFA_WORDS: Record<MfaPolicy['mfa'], { label: string; means: string }> = {
  off: {
    label: 'Off',
    means: 'Nobody needs one, and nothing is confirmed with one. Who has one is asked for it all the same.',
  },
  optional: {
    label: 'Optional',
    means: 'Whoever adds one is asked for it, and confirms sensitive changes with it.',
  },
  required: {
    label: 'Required',
    means: 'A passkey or an authenticator app. Who has none adds one the next time they sign in.',
  },
  passkeys: {
    label: 'Passkeys only',
    means: 'Only a passkey counts: it cannot be phished. A recovery code stands in when it is lost.',
  },
}

export function SignIn() {
  const security = useQuery(q(securityView, {}))
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  return (
    <SettingsFrame
      title="Sign-in"
      lead={security.data && leadOf(security.data, (id) => roles.find((role) => role.id === id)?.name ?? id)}
    >
      <Region of={security} rows={6}>
        {(data) => (
          <AsOpened now={data} fields={fieldsOf} labels={LABELS}>
            {(form) => <Form form={form} roles={roles.map(({ id, name }) => ({ value: id, label: name }))} />}
          </AsOpened>
        )}
      </Region>
    </SettingsFrame>
  )
}

function leadOf({ mfa, mfaRoles, sessionHours }: Security, nameOf: (id: string) => string): string {
  const whom = mfaRoles.length === 0 ? 'everybody' : `whoever is ${mfaRoles.map(nameOf).join(' or ')}`
  const needed = {
    off: 'Nobody needs a second factor',
    optional: 'A second factor is everybody’s own choice',
    required: `A second factor is required of ${whom}`,
    passkeys: `A passkey is required of ${whom}`,
  }[mfa]
  return `${needed}; a session lasts ${hoursInWords(sessionHours)} at most.`
}

function hoursInWords(hours: number): string {
  if (hours % 24 === 0 && hours > 24) return `${count(hours / 24)} days`
  return hours === 1 ? 'an hour' : `${count(hours)} hours`
}

/** Addresses are set under Network. */
function fieldsOf({ version: _, ipAllowlist: __, ...fields }: Security) {
  return fields
}

const LABELS: Labels<ReturnType<typeof fieldsOf>> = {
  mfa: { label: 'A second factor', says: (mfa) => MFA_WORDS[mfa].label },
  mfaRoles: unsaid('Of whom'),
  sessionIdleMinutes: 'A session ends after so many minutes without use',
  sessionHours: 'And after so many hours in any case',
}

type FormProps = {
  form: Draft<Security, ReturnType<typeof fieldsOf>>
  roles: { value: string; label: string }[]
}

function Form({ form, roles }: FormProps) {
  const { inOrganization } = useViewer()
  const act = useAct(securityUpdate)
  const { thing: now, fields: wanted, set, changed, only } = form
  const needs = wanted.mfa === 'required' || wanted.mfa === 'passkeys'
  const shorter = wanted.sessionHours < now.sessionHours || wanted.sessionIdleMinutes < now.sessionIdleMinutes
  const stricter = MFA.indexOf(wanted.mfa) > MFA.indexOf(now.mfa) && needs
  return (
    <SettingsForm
      can={inOrganization('security:update')}
      changed={changed}
      pending={act.isPending}
      error={act.error}
      onSave={() =>
        act.mutate(
          { input: { body: only(wanted) }, ifMatch: now.version },
          { onSuccess: () => toast('Saved. It binds from now on, sessions that there are included.') },
        )
      }
    >
      <Radio.Group
        label="A second factor"
        description="Beside the password, or beside an identity provider that does not vouch for one."
        value={wanted.mfa}
        onChange={(mfa) => set({ mfa: mfa as MfaPolicy['mfa'] })}
      >
        <Stack gap="sm" mt="sm">
          {MFA.map((value) => (
            <Radio
              key={value}
              value={value}
              label={MFA_WORDS[value].label}
              description={MFA_WORDS[value].means}
            />
          ))}
        </Stack>
      </Radio.Group>
      {needs && (
        <MultiSelect
          label="Of whom"
          description="Who holds one of these roles. Everybody, when none is chosen."
          searchable
          data={roles}
          value={wanted.mfaRoles}
          onChange={(mfaRoles) => set({ mfaRoles })}
        />
      )}
      <NumberInput
        label="A session ends after so many minutes without use"
        min={5}
        max={43_200}
        required
        value={wanted.sessionIdleMinutes}
        onChange={(value) => set({ sessionIdleMinutes: Number(value) })}
      />
      <NumberInput
        label="And after so many hours in any case"
        min={1}
        max={2160}
        required
        value={wanted.sessionHours}
        onChange={(value) => set({ sessionHours: Number(value) })}
      />
      <div className={stricter || shorter ? classes.warning : classes.note}>
        {stricter
          ? 'Whoever lacks it is asked to sign in again at their next click, and adds it there. Be sure that you have it yourself. '
          : ''}
        {shorter ? 'Sessions that are older than that end at once, yours too. ' : ''}
        API tokens, service accounts and keys are not people who sign in: they work on.
      </div>
    </SettingsForm>
  )
}
