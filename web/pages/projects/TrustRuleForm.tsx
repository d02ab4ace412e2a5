import { NumberInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { environmentList } from '../../../src/contract/environments.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { projectView } from '../../../src/contract/projects.ts'
import { serviceAccountList } from '../../../src/contract/service-accounts.ts'
import { trustRuleCreate } from '../../../src/contract/trust-rules.ts'
import { q, useAct } from '../../api.ts'
import { FormPanel } from '../../forms/panels.ts'
import { toast } from '../../ui/announce.tsx'
import { Select } from '../../ui/Select.tsx'

const MOST = 200
const DEFAULT_MINUTES = 15
const MINUTE_SECONDS = 60

/** What a platform calls the one claim that says which workload it is, and what it looks like there. */
const PLATFORMS = {
  github: {
    label: 'GitHub Actions',
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:acme/shop:ref:refs/heads/main',
  },
  gitlab: {
    label: 'GitLab CI',
    issuer: 'https://gitlab.com',
    subject: 'project_path:acme/shop:ref_type:branch:ref:main',
  },
  kubernetes: { label: 'Kubernetes', issuer: '', subject: 'system:serviceaccount:shop:checkout' },
} as const

type Platform = keyof typeof PLATFORMS

/** Says whose tokens to believe, for which program and where. */
export function TrustRuleForm({
  project,
  onClose,
}: {
  project: Output<typeof projectView>
  onClose: () => void
}) {
  const of = { query: { projectId: project.id, limit: MOST } }
  const environments = useQuery(q(environmentList, of))
  const programs = useQuery(q(serviceAccountList, of))
  const [platform, setPlatform] = useState<Platform>('github')
  const [form, setForm] = useState({
    serviceAccountId: null as string | null,
    environmentId: null as string | null,
    name: '',
    issuer: PLATFORMS.github.issuer as string,
    audience: location.origin,
    subject: '',
    minutes: DEFAULT_MINUTES,
  })
  const change = (part: Partial<typeof form>) => setForm({ ...form, ...part })
  const create = useAct(trustRuleCreate)
  const { serviceAccountId, environmentId, name, issuer, audience, subject, minutes } = form
  const submit = () => {
    if (serviceAccountId === null || environmentId === null) return
    const ttlSeconds = minutes * MINUTE_SECONDS
    const body = {
      serviceAccountId,
      environmentId,
      name,
      issuer,
      audience,
      claims: { sub: subject },
      ttlSeconds,
    }
    create.mutate(
      { input: { body } },
      {
        onSuccess: () => {
          toast(`${name} holds. The program exchanges its token with: claviger exchange`)
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="New trust rule"
      act="Create the rule"
      pending={create.isPending}
      error={create.error}
      disabled={
        serviceAccountId === null || environmentId === null || [name, issuer, audience, subject].includes('')
      }
      onSubmit={submit}
    >
      <Select
        label="Where the program runs"
        allowDeselect={false}
        value={platform}
        onChange={(value) => {
          // One of the platforms below.
          const next = value as Platform
          setPlatform(next)
          change({ issuer: PLATFORMS[next].issuer })
        }}
        data={Object.entries(PLATFORMS).map(([value, { label }]) => ({ value, label }))}
      />
      <Select
        label="Program"
        required
        searchable
        value={serviceAccountId}
        onChange={(id) => change({ serviceAccountId: id })}
        data={(programs.data?.data ?? [])
          .filter(({ deactivatedAt }) => deactivatedAt === null)
          .map(({ id, name }) => ({ value: id, label: name }))}
        nothingFoundMessage="There is no such program in this project"
      />
      <Select
        label="Environment"
        description="A key is made there for it; its limits are set on that key’s page."
        required
        value={environmentId}
        onChange={(id) => change({ environmentId: id })}
        data={(environments.data?.data ?? [])
          .filter(({ archivedAt }) => archivedAt === null)
          .map(({ id, name, kind }) => ({ value: id, label: `${name} (${kind})` }))}
      />
      <TextInput
        label="Name of the rule"
        required
        maxLength={120}
        value={name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label="Issuer"
        description="Who signs the token, exactly as it says (iss)."
        required
        value={issuer}
        placeholder="https://cluster.example.com"
        onChange={(event) => change({ issuer: event.currentTarget.value })}
      />
      <TextInput
        label="Audience"
        description="Whom the token must be for (aud)."
        required
        value={audience}
        onChange={(event) => change({ audience: event.currentTarget.value })}
      />
      <TextInput
        label="Subject"
        description={`Who the token must be about (sub), such as ${PLATFORMS[platform].subject}. A * is anything within one part.`}
        required
        value={subject}
        onChange={(event) => change({ subject: event.currentTarget.value })}
      />
      <NumberInput
        label="Minutes that a secret works"
        min={1}
        max={60}
        allowDecimal={false}
        value={minutes}
        onChange={(value) => change({ minutes: Number(value) })}
      />
    </FormPanel>
  )
}
