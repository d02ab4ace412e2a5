import {
  ActionIcon,
  Burger,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { CircleHelp, Moon, Search, Settings, Sun, UserRound } from 'lucide-react'
import { Suspense, useEffect, useRef, useState } from 'react'
import { fetched } from '../fetched.ts'
import { PAGES, SECTIONS, type Section } from '../paths.ts'
import { useViewer } from '../viewer.ts'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { ICONS } from './icons.ts'
import { openPalette, Palette } from './Palette.tsx'
import { Loading } from './Region.tsx'
import classes from './Shell.module.css'
import { Spare, sayNotLoaded } from './Spare.tsx'
import { To } from './To.tsx'

/** No page waits for these two. */
const UserMenu = fetched(() => import('./UserMenu.tsx'))
const NavigationDrawer = fetched(() => import('./NavigationDrawer.tsx'))

const HEADING: Record<Section, string | null> = {
  personal: null,
  work: 'Work',
  control: 'Control',
  assurance: 'Assurance',
}

/** What is around every page: where one can go, the palette, help, and who is signed in. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false)
  /** Whether the drawer was opened before: from then on it stays, to close as it opened. */
  const [drawn, setDrawn] = useState(false)
  const viewer = useViewer()
  const { pathname } = useRouterState({ select: ({ location }) => location })
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  // A new page is read from its beginning, and a screen reader starts there.
  useEffect(() => {
    close()
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [pathname])
  return (
    <div className={classes.frame}>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <header className={classes.bar}>
        <Burger
          className={classes.burger}
          opened={opened}
          onClick={() => {
            setDrawn(true)
            toggle()
          }}
          size="sm"
          aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
        />
        <To to="/" className={classes.brand}>
          <img src="/assets/icon.svg" alt="" width={24} height={24} />
          <span>{viewer.organization.name}</span>
        </To>
        <UnstyledButton className={classes.search} onClick={openPalette}>
          <Search size={16} aria-hidden />
          <span>Go to …</span>
          <kbd>Ctrl K</kbd>
        </UnstyledButton>
        <div className={classes.tools}>
          <ThemeToggle />
          <ActionIcon
            component="a"
            href="/api/docs"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="API reference"
            title="API reference"
          >
            <CircleHelp size={18} aria-hidden />
          </ActionIcon>
          <Spare meanwhile={<UserRound className={classes.later} aria-hidden />} otherwise={<ProfileLink />}>
            <UserMenu name={viewer.user?.name ?? viewer.self.serviceAccount?.name ?? ''} />
          </Spare>
        </div>
      </header>
      <nav aria-label="Main" className={classes.side}>
        <Navigation />
      </nav>
      {drawn && (
        <Spare
          onGone={() => {
            setDrawn(false)
            close()
            sayNotLoaded()
          }}
        >
          <NavigationDrawer opened={opened} onClose={close} title={viewer.organization.name}>
            <Navigation />
          </NavigationDrawer>
        </Spare>
      )}
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Loading rows={8} />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Palette />
    </div>
  )
}

function Navigation() {
  const { somewhere } = useViewer()
  const listed = PAGES.filter((page) => 'section' in page && (page.needs === null || somewhere(page.needs)))
  return (
    <>
      {SECTIONS.map((section) => {
        const pages = listed.filter((page) => 'section' in page && page.section === section)
        if (pages.length === 0) return null
        return (
          <div key={section} className={classes.group}>
            {HEADING[section] && <div className={classes.heading}>{HEADING[section]}</div>}
            <ul>
              {pages.map(({ path, title }) => (
                <li key={path}>
                  <NavLink to={path} title={title} />
                </li>
              ))}
            </ul>
          </div>
        )
      })}
      {somewhere('security:read') && (
        <div className={classes.group}>
          <ul>
            <li>
              <Link
                to="/settings/$section"
                params={{ section: 'organization' }}
                className={classes.link}
                activeProps={{ 'data-active': true }}
              >
                <Settings size={17} aria-hidden />
                Settings
              </Link>
            </li>
          </ul>
        </div>
      )}
    </>
  )
}

function NavLink({ to, title }: { to: (typeof PAGES)[number]['path']; title: string }) {
  const Icon = ICONS[to]
  return (
    <Link
      to={to as '/'}
      className={classes.link}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      activeProps={{ 'data-active': true }}
    >
      {Icon && <Icon size={17} aria-hidden />}
      {title}
    </Link>
  )
}

/** Where the menu is otherwise. */
function ProfileLink() {
  return (
    <ActionIcon component={To} to="/profile" variant="subtle" color="gray" size="lg" aria-label="Profile">
      <UserRound size={18} aria-hidden />
    </ActionIcon>
  )
}

function ThemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme('light') === 'dark'
  const label = dark ? 'Use the light theme' : 'Use the dark theme'
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}
    >
      {dark ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />}
    </ActionIcon>
  )
}
