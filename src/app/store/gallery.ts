/** The gallery: the scenario files of `src/scenarios`, each fetched when it is wanted. */
const FILES = import.meta.glob<string>('../../scenarios/*.yaml', { query: '?raw', import: 'default' })

/** The scenario a first visit shows. */
export const FIRST_SCENARIO = 'web-and-mysql'

/** File names without ending, in alphabetical order. */
export function galleryNames(): readonly string[] {
  return Object.keys(FILES).map(nameOf).sort()
}

/** The text of one scenario; null when there is none of that name. */
export async function galleryText(name: string): Promise<string | null> {
  const load = FILES[`../../scenarios/${name}.yaml`]
  return load ? load() : null
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.yaml'.length)
}
