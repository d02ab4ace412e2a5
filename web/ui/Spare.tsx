import { Component, type ReactNode } from 'react'
import { fetchAgain, NotFetched } from '../fetched.ts'
import { toast } from './announce.tsx'

type Props = {
  /** In its place while its code is not there. */
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
    const { error } = this.state
    if (error === null) return this.props.children
    if (error instanceof NotFetched) return this.props.otherwise ?? null
    throw error
  }
}

/** For who asked for it, where there is no better place to say so. */
export function sayNotLoaded(): void {
  toast('This did not load. Check your connection and try again, or reload the page.')
}
