import { type RefCallback, useCallback, useState } from 'react'

const NEARLY = '200px'

/** Whether an element was on the screen, or nearly: what stands further down need not be asked for before. */
export function useSeen(): [ref: RefCallback<HTMLElement>, seen: boolean] {
  const [seen, setSeen] = useState(false)
  const watch = useCallback((element: HTMLElement | null) => {
    if (element === null) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true)
      },
      { rootMargin: NEARLY },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [watch, seen]
}
