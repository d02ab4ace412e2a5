import { TagsInput, Textarea, TextInput } from '@mantine/core'
import type { Output } from '../../src/contract/operation.ts'
import type { ownershipView } from '../../src/contract/ownership.ts'
import type { Change, Draft } from './key-create.tsx'

type Props = {
  draft: Draft
  change: Change
  at: (name: string) => string | undefined
  /** What the organization asks of every key; undefined until it is known. */
  ownership: Output<typeof ownershipView> | undefined
  part: 'name' | 'rest'
}

/** What a key says of itself. */
export function AboutFields({ draft, change, at, ownership, part }: Props) {
  if (part === 'name') {
    return (
      <TextInput
        label="Name"
        description="How you will refer to it; each name once per environment."
        placeholder="site-bot"
        required
        data-autofocus
        maxLength={120}
        value={draft.name}
        error={at('name')}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
    )
  }
  const asked = ownership?.requiredTags ?? []
  return (
    <>
      <Textarea
        label="Purpose"
        description="For those who find it later."
        required={ownership?.requirePurpose ?? false}
        maxLength={500}
        autosize
        value={draft.purpose}
        error={at('purpose')}
        onChange={(event) => change({ purpose: event.currentTarget.value })}
      />
      <TextInput
        label="Application"
        description="The program or product that uses it."
        required={ownership?.requireApplication ?? false}
        maxLength={200}
        value={draft.application}
        error={at('application')}
        onChange={(event) => change({ application: event.currentTarget.value })}
      />
      {asked.map((tag) => (
        <TextInput
          key={tag}
          label={`Tag ${tag}`}
          required
          maxLength={120}
          value={draft.asked[tag] ?? ''}
          error={at(`tags/${tag}`)}
          onChange={(event) => change({ asked: { ...draft.asked, [tag]: event.currentTarget.value } })}
        />
      ))}
      <TagsInput
        label={asked.length > 0 ? 'Other tags' : 'Tags'}
        description="By which usage can be grouped: cost-center=42, one after another."
        value={draft.tags}
        error={asked.length > 0 ? undefined : at('tags')}
        onChange={(tags) => change({ tags })}
        splitChars={[',', ' ']}
      />
    </>
  )
}
