import { Component, type ReactNode } from 'react'
import styles from './error-boundary.module.css'
import { appState } from './store/store.ts'

/** The last resort when drawing fails: the text stays in reach, to copy or to open again. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <main className={styles.page} role="alert">
        <h1>This page stopped working</h1>
        <p>Your text is safe: it is below, and kept in this browser. The reason was: {error.message}</p>
        <p>
          <button type="button" onClick={() => this.setState({ error: null })}>
            Draw again
          </button>{' '}
          <button type="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        </p>
        <textarea readOnly value={appState().text} aria-label="Scenario" />
      </main>
    )
  }
}
