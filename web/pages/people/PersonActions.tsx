import { Menu } from '@mantine/core'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { sessionClear } from '../../../src/contract/sessions.ts'
import { userUpdate, type userView } from '../../../src/contract/users.ts'
import { useAct } from '../../api.ts'
import { AsOpened } from '../../as-opened.tsx'
import { ConfirmDialog } from '../../forms/panels.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { panel } from '../../ui/later.tsx'
import { useViewer } from '../../viewer.ts'
import { NAME_LABELS, NameForm, nameOf } from '../teams/NameForm.tsx'

const Offboard = panel(async () => (await import('./Offboard.tsx')).Offboard)
const ResetForm = panel(async () => (await import('./ResetForm.tsx')).ResetForm)

type Open = 'rename' | 'reset' | 'clear' | 'deactivate' | 'offboard'

/** What can be done about a person: let them back in, sign them out, stop them, or end all that they hold. */
export function PersonActions({ user }: { user: Output<typeof userView> }) {
  const { inOrganization } = useViewer()
  const [open, setOpen] = useState<Open | null>(null)
  const update = useAct(userUpdate)
  const clear = useAct(sessionClear)
  const close = () => {
    update.reset()
    clear.reset()
    setOpen(null)
  }
  const params = { userId: user.id }
  const gone = user.deactivatedAt !== null
  const mayUpdate = inOrganization('user:update')
  const save = (body: { name?: string; deactivated?: boolean }, text: string, ifMatch = user.version) =>
    update.mutate(
      { input: { params, body }, ifMatch },
      {
        onSuccess: () => {
          toast(text)
          close()
        },
      },
    )
  const items: { open: Open; text: string; can: ReturnType<typeof inOrganization> }[] = [
    { open: 'rename', text: 'Rename', can: mayUpdate },
    { open: 'reset', text: 'Reset password or second factor', can: inOrganization('user:reset') },
    { open: 'clear', text: 'Sign out everywhere', can: inOrganization('session:revoke') },
    { open: 'deactivate', text: gone ? 'Take back into use' : 'Deactivate', can: mayUpdate },
  ]
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActButton variant="default" rightSection={<ChevronDown size={16} aria-hidden />}>
            More
          </ActButton>
        </Menu.Target>
        <Menu.Dropdown>
          {items.map(({ open, text, can }) => (
            <Menu.Item key={open} disabled={can !== true} onClick={() => setOpen(open)}>
              {text}
              {can !== true && <div className="muted">{can.reason}</div>}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <ActButton
        variant="outline"
        color="red"
        can={inOrganization('user:offboard')}
        onClick={() => setOpen('offboard')}
      >
        Offboard
      </ActButton>
      {open === 'rename' && (
        <AsOpened now={user} fields={nameOf} labels={NAME_LABELS}>
          {(form) => (
            <NameForm
              form={form}
              onClose={close}
              title={`Rename ${form.thing.name}`}
              act="Save"
              pending={update.isPending}
              error={update.error}
              onSubmit={(name) => save({ name }, 'The name is saved.', form.thing.version)}
            />
          )}
        </AsOpened>
      )}
      {open === 'reset' && <ResetForm user={user} onClose={close} />}
      <ConfirmDialog
        opened={open === 'clear'}
        onClose={close}
        title={`Sign ${user.name} out everywhere?`}
        act="Sign out everywhere"
        pending={clear.isPending}
        error={clear.error}
        onConfirm={() =>
          clear.mutate(
            { input: { body: { userId: user.id } } },
            {
              onSuccess: ({ ended }) => {
                toast(ended === 1 ? 'One session ended.' : `${ended} sessions ended.`)
                close()
              },
            },
          )
        }
      >
        Each browser and command line of theirs has to sign in again. Their keys and API tokens go on working.
      </ConfirmDialog>
      <ConfirmDialog
        opened={open === 'deactivate'}
        onClose={close}
        title={gone ? `Take ${user.name} back into use?` : `Deactivate ${user.name}?`}
        act={gone ? 'Take back' : 'Deactivate'}
        danger={!gone}
        pending={update.isPending}
        error={update.error}
        onConfirm={() =>
          save(
            { deactivated: !gone },
            gone ? `${user.name} may sign in again.` : `${user.name} is deactivated.`,
          )
        }
      >
        {gone
          ? 'They may sign in again, with the roles that they still hold.'
          : 'They cannot sign in, and their keys and API tokens stop working. What they hold stays, and works again when they are taken back. Whoever leaves for good is offboarded instead.'}
      </ConfirmDialog>
      {open === 'offboard' && <Offboard user={user} onClose={close} />}
    </>
  )
}
