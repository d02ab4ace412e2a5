import { TextInput, type TextInputProps } from '@mantine/core'
import { isGroup } from './view.ts'

/** Asks for the name of a tag, and says it as one groups by it: `tag:cost-center`. */
export function TagName({ onName, ...input }: { onName: (by: string) => void } & TextInputProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const tag = `tag:${new FormData(event.currentTarget).get('tag')}`
        if (isGroup(tag)) onName(tag)
      }}
    >
      <TextInput
        label="Name of the tag"
        placeholder="cost-center"
        {...input}
        name="tag"
        pattern="[a-z0-9_.\-]{1,40}"
        title="Small letters, digits, dots, dashes and underscores; Enter shows it"
        required
        autoFocus
      />
    </form>
  )
}
