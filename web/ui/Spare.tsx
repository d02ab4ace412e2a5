import { Component, type ReactNode, Suspense } from 'react'
import { fetchAgain, NotFetched } from '../fetched.ts'
import { toast } from './announce.tsx'

type Props = {
  /** In its place while its code is on its way. */
  meanwhile?: ReactNode
  /** In its place where its code did not arrive. */
  otherwise?: ReactNode
  /** Somebody waits for it: from here on, it is fetched again when it is drawn anew. */
  onGone?: () => void
  children: ReactNode
}
type State = { error: Error | null }

/** Around what comes later and no page needs: where its code does not arrive, the page stays as it is. */
export class Spare extends Component<Props, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override componentDidCatch(error: Error): void {
    if (!(error instanceof NotFetched)) return
    fetchAgain()
    this.props.onGone?.()
  }

  override render(): ReactNode {
    const { meanwhile = null, otherwise = null, children } = this.props
    const { error } = this.state
    if (error === null) return <Suspense fallback={meanwhile}>{children}</Suspense>
    if (error instanceof NotFetched) return otherwise
    throw error
  }
}

/** For who asked for it, where there is no better place to say so. */
export function sayNotLoaded(): void {
  toast('This did not load. Check your connection and try again, or reload the page.')
}
