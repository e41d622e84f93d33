/** The gallery as the app shows it: the scenario files of `src/scenarios`, each fetched when it is wanted. */
import { GALLERY, scenarioText } from '../../scenarios/gallery.ts'

/** The scenario a first visit shows. */
export const FIRST_SCENARIO = 'web-and-mysql'

/** File names without ending, in the order in which they are shown. */
export function galleryNames(): readonly string[] {
  return GALLERY.map((entry) => entry.file)
}

/** The text of one scenario; null when there is none of that name. */
export function galleryText(name: string): Promise<string | null> {
  return scenarioText(name)
}
