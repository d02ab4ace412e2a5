import { Tabs as Kit } from '@mantine/core'
import type { ReactNode } from 'react'
import { useAddress } from '../search.ts'

type Tab = { id: string; title: string; panel: () => ReactNode }

/** Parts of a page of which one is seen. Which one is in the address, as `tab`; the first is meant when it says nothing. */
export function Tabs({
  label,
  tabs,
  keep = [],
}: {
  label: string
  tabs: Tab[]
  /** Parameters that all tabs share. */
  keep?: string[]
}) {
  const [address, setAddress] = useAddress()
  const [first] = tabs
  const shown = tabs.find(({ id }) => id === address.tab) ?? first
  const open = (id: string | null) => {
    const gone = Object.keys(address).filter((name) => !keep.includes(name))
    const tab = id === first?.id ? undefined : (id ?? undefined)
    setAddress({ ...Object.fromEntries(gone.map((name) => [name, undefined])), tab }, false)
  }
  return (
    <Kit value={shown?.id ?? null} onChange={open} keepMounted={false}>
      <Kit.List aria-label={label} mb="md">
        {tabs.map(({ id, title }) => (
          <Kit.Tab key={id} value={id}>
            {title}
          </Kit.Tab>
        ))}
      </Kit.List>
      {tabs.map(({ id, panel }) => (
        <Kit.Panel key={id} value={id}>
          {id === shown?.id && panel()}
        </Kit.Panel>
      ))}
    </Kit>
  )
}
