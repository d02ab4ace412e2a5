import { ActionIcon, Button, Popover, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Bookmark, ChevronDown, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { viewCreate, viewDelete, viewList } from '../../src/contract/views.ts'
import { q, useAct } from '../api.ts'
import { FormPanel } from '../forms/panels.ts'
import type { Path } from '../paths.ts'
import { readSearch, useAddress, writeSearch } from '../search.ts'
import { toast } from './announce.tsx'
import { Problem } from './Region.tsx'
import classes from './SavedViews.module.css'
import { To } from './To.tsx'

/** What somebody saved of what this page shows, and a way to save what it shows now: `<SavedViews page="/usage" />`. */
export function SavedViews({ page }: { page: Path }) {
  const [search] = useAddress()
  const [opened, setOpened] = useState(false)
  const [naming, setNaming] = useState(false)
  const [name, setName] = useState('')
  const views = useQuery(q(viewList, { query: { page } }))
  const create = useAct(viewCreate)
  const remove = useAct(viewDelete)
  const saved = views.data?.data ?? []
  const close = () => {
    setNaming(false)
    setName('')
    create.reset()
  }
  return (
    <>
      <Popover position="bottom-end" width={300} trapFocus returnFocus opened={opened} onChange={setOpened}>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<Bookmark size={16} aria-hidden />}
            rightSection={<ChevronDown size={16} aria-hidden />}
            onClick={() => setOpened(!opened)}
          >
            Saved views
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Saved views" className={classes.dropdown}>
          {saved.length > 0 && (
            <ul className={classes.list}>
              {saved.map((view) => (
                <li key={view.id}>
                  <To to={page} search={readSearch(view.query)} onClick={() => setOpened(false)}>
                    {view.name}
                  </To>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="sm"
                    aria-label={`Delete the view ${view.name}`}
                    loading={remove.isPending && remove.variables.input.params.viewId === view.id}
                    onClick={() =>
                      remove.mutate(
                        { input: { params: { viewId: view.id } } },
                        { onSuccess: () => toast(`The view ${view.name} is deleted.`) },
                      )
                    }
                  >
                    <Trash2 size={14} aria-hidden />
                  </ActionIcon>
                </li>
              ))}
            </ul>
          )}
          {views.data && saved.length === 0 && (
            <p className="muted">None yet. A view is what you look at now, under a name.</p>
          )}
          <Problem error={views.error ?? remove.error} />
          <Button
            variant="default"
            size="xs"
            fullWidth
            onClick={() => {
              setOpened(false)
              setNaming(true)
            }}
          >
            Save this view
          </Button>
        </Popover.Dropdown>
      </Popover>
      <FormPanel
        opened={naming}
        onClose={close}
        title="Save this view"
        act="Save view"
        pending={create.isPending}
        error={create.error}
        disabled={name.trim() === ''}
        onSubmit={() =>
          create.mutate(
            { input: { body: { page, name: name.trim(), query: writeSearch(search).slice(1) } } },
            {
              onSuccess: () => {
                toast(`Saved as ${name.trim()}.`)
                close()
              },
            },
          )
        }
      >
        <TextInput
          label="Name"
          description="Time, filters and all else that the page shows are saved with it. You alone see it."
          value={name}
          maxLength={120}
          required
          data-autofocus
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
      </FormPanel>
    </>
  )
}
