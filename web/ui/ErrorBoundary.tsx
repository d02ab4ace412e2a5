import { Component, type ReactNode } from 'react'
import { forgetFailures } from '../api.ts'
import { Failure } from './Region.tsx'

type State = { error: Error | null }

/** What fails while it is drawn fails alone: the rest of the page stays. A class, since React has no other way. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return <Failure error={error} retry={this.retry} />
  }

  private retry = (): void => {
    forgetFailures()
    this.setState({ error: null })
  }
}
