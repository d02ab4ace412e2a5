import { ActionIcon, Menu } from '@mantine/core'
import { LogOut, UserRound } from 'lucide-react'
import classes from './Shell.module.css'
import { To } from './To.tsx'

/** Who is signed in, and the way out. A file of its own, since no page waits for it. */
export default function UserMenu({ name }: { name: string }) {
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Account of ${name}`}>
          <UserRound size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className={classes.name}>{name}</Menu.Label>
        <Menu.Item component={To} to="/profile" leftSection={<UserRound size={15} aria-hidden />}>
          Profile
        </Menu.Item>
        <form method="post" action="/sign-out">
          <Menu.Item type="submit" leftSection={<LogOut size={15} aria-hidden />} closeMenuOnClick={false}>
            Sign out
          </Menu.Item>
        </form>
      </Menu.Dropdown>
    </Menu>
  )
}
