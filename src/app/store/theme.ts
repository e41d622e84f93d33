/** Which of the two themes is on screen. */
import type { Theme } from './state.ts'

/** Is the page dark now, whoever decided it? */
export function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
}
