import { Link, useNavigate } from '@tanstack/react-router'
import type { ComponentPropsWithRef } from 'react'
import type { Path } from '../paths.ts'
import type { Search } from '../search.ts'

export type Target = { to: Path; params?: Record<string, string>; search?: Search }

/** A link to a page: `<To to="/keys/$keyId" params={{ keyId }}>`. Its page is fetched once somebody is about to go. */
export function To({ to, params, search, ...rest }: Target & Omit<ComponentPropsWithRef<'a'>, 'href'>) {
  // The routes are made from a table of data, so the router cannot check each address by its type; `Path` does.
  const target = { to, ...(params ? { params } : {}), ...(search ? { search } : {}) } as { to: string }
  return <Link {...target} {...rest} />
}

/** The same for after an act. */
export function useGo(): (target: Target) => void {
  const navigate = useNavigate()
  return (target) => {
    // As above.
    navigate(target as Parameters<typeof navigate>[0])
  }
}
