import '@mantine/spotlight/styles.layer.css'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { useNavigate } from '@tanstack/react-router'
import { Keyboard, type LucideIcon, Plus, Search } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { PAGES, type Path } from '../../paths.ts'
import { useViewer } from '../../viewer.ts'
import { ICONS } from '../icons.ts'
import { useGo } from '../To.tsx'
import { COMMANDS } from './commands.ts'
import classes from './palette.module.css'
import { recentPages } from './recent.ts'
import { type Kind, useFound } from './use-found.ts'

const FOUND_IN: Record<Kind, Path> = {
  Keys: '/keys',
  Teams: '/teams',
  Projects: '/teams',
  People: '/people',
}

const [store, palette] = createSpotlight()

type Item = { id: string; title: string; where?: string; icon?: LucideIcon | undefined; act: () => void }
type Group = { label: string; items: Item[] }

/** It opens whenever `asked` grows. */
export default function CommandList({ asked, onShortcuts }: { asked: number; onShortcuts: () => void }) {
  const [query, setQuery] = useState('')
  const groups = useGroups(query, onShortcuts).filter(({ items }) => items.length > 0)
  useEffect(() => {
    if (asked > 0) palette.open()
  }, [asked])
  const shown = groups.flatMap(({ items }) => items.map(({ id }) => id)).join()
  useEffect(selectFirst, [shown])
  return (
    <Spotlight.Root
      store={store}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      classNames={{ actionsGroup: classes.group ?? '' }}
      scrollable
      maxHeight="60vh"
      aria-label="Go to"
    >
      <Spotlight.Search
        leftSection={<Search size={18} aria-hidden />}
        placeholder="Go to …"
        aria-label="Go to a page, a team, a project, a person, or begin something"
      />
      <Spotlight.ActionsList>
        {groups.map(({ label, items }) => (
          <Spotlight.ActionsGroup key={label} label={label} role="group" aria-label={label}>
            {items.map(({ id, title, where, icon: Icon, act }) => (
              <Spotlight.Action
                key={id}
                label={title}
                {...(where ? { description: where } : {})}
                leftSection={section(Icon)}
                onClick={act}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>Nothing is called that.</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

/** The kit selects the first when somebody types; here it does so too when more was found meanwhile, for Enter to go there. */
function selectFirst(): void {
  const { listId } = store.getState()
  const actions = [...(document.getElementById(listId)?.querySelectorAll('[data-action]') ?? [])]
  const kept = actions.findIndex((action) => action.hasAttribute('data-selected'))
  actions[Math.max(kept, 0)]?.setAttribute('data-selected', 'true')
  store.updateState((state) => ({ ...state, selected: Math.max(kept, 0) }))
}

function section(Icon: LucideIcon | undefined): ReactNode {
  return Icon ? <Icon size={18} aria-hidden /> : <span className={classes.noIcon} />
}

function useGroups(query: string, onShortcuts: () => void): Group[] {
  const go = useGo()
  const navigate = useNavigate()
  const { somewhere } = useViewer()
  const text = query.trim().toLowerCase()
  const matches = ({ title }: { title: string }) => title.toLowerCase().includes(text)

  const found = useFound(query)
  const pages = PAGES.filter(({ path, needs }) => !path.includes('$') && (needs === null || somewhere(needs)))
  const commands = COMMANDS.filter(({ needs }) => needs === null || somewhere(needs))
  return [
    {
      label: 'Recent',
      items:
        text === ''
          ? recentPages().map(({ href, title }) => ({
              id: href,
              title,
              act: () => void navigate({ to: href }),
            }))
          : [],
    },
    ...found.map(({ kind, found }) => ({
      label: kind,
      items: found.map(({ id, title, where, target }) => ({
        id,
        title,
        where,
        icon: ICONS[FOUND_IN[kind]],
        act: () => go(target),
      })),
    })),
    {
      label: 'Actions',
      items: [
        ...commands.map(({ title, target }) => ({ id: title, title, icon: Plus, act: () => go(target) })),
        { id: 'shortcuts', title: 'Keyboard shortcuts', icon: Keyboard, act: onShortcuts },
      ].filter(matches),
    },
    {
      label: 'Pages',
      items: pages
        .map(({ path, title }) => ({ id: path, title, icon: ICONS[path], act: () => go({ to: path }) }))
        .filter(matches),
    },
  ]
}
