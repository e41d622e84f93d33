import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './ui/base.css'
import { App } from './app.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { startEngine, startEngineSoon } from './store/engine.ts'
import { openAtStart } from './store/opening.ts'
import { applySettings } from './store/settings.ts'
import { tourFirstVisit } from './store/touring.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
applySettings()
if (openAtStart() === 'first') {
  startEngineSoon()
  tourFirstVisit()
} else startEngine()
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
)
