/** The gallery as the app shows it: the scenario files of `src/scenarios`, each fetched when it is wanted. */
import { GALLERY, type GalleryEntry, scenarioText } from '../../scenarios/gallery.ts'

/** The scenario a first visit shows. */
export const FIRST_SCENARIO = 'web-and-mysql'

/** All scenarios in the order in which they are shown, group after group. */
export function galleryEntries(): readonly GalleryEntry[] {
  return GALLERY
}

/** The text of one scenario; null when there is none of that name. */
export function galleryText(name: string): Promise<string | null> {
  return scenarioText(name)
}
