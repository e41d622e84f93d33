/** What a walk can be compared with. */
import type { OtherWorld } from '../../../protocol/compare-answer.ts'
import { GALLERY } from '../../../scenarios/gallery.ts'
import { galleryText } from '../../store/gallery.ts'
import type { AppState } from '../../store/state.ts'
import { listWorks, readWork } from '../../store/works.ts'

export interface Choice {
  readonly key: string
  readonly name: string
  /** Null when it is there no more. */
  readonly world: () => Promise<OtherWorld | null>
}

export interface ChoiceGroup {
  readonly name: string
  readonly choices: readonly Choice[]
}

const SETTINGS: readonly Choice[] = [
  { key: 'ipvs', name: 'kube-proxy in IPVS mode', world: async () => ({ instead: { proxy: 'ipvs' } }) },
  { key: 'iptables', name: 'kube-proxy in iptables mode', world: async () => ({ instead: { proxy: 'iptables' } }) },
  { key: 'flannel', name: 'CNI flannel', world: async () => ({ instead: { cni: 'flannel' } }) },
  { key: 'bridge', name: 'CNI bridge', world: async () => ({ instead: { cni: 'bridge' } }) },
]

/** What a text is compared with before anybody chooses: the proxy mode that it has not. */
export const otherProxy = (ipvs: boolean): string => (ipvs ? 'iptables' : 'ipvs')

/** All of them, grouped; earlier texts only where there are any. */
export function choicesOf(state: Pick<AppState, 'text' | 'built' | 'openedText' | 'workId'>): readonly ChoiceGroup[] {
  const works = listWorks().filter(({ id }) => id !== state.workId)
  return [
    { name: 'This text with', choices: SETTINGS },
    { name: 'This text as it was', choices: earlier(state) },
    {
      name: 'My works',
      choices: works.map(({ id, title }) => ({ key: `work ${id}`, name: title, world: async () => textOf(readWork(id)) })),
    },
    {
      name: 'Scenarios',
      choices: GALLERY.map(({ file, title }) => ({
        key: `gallery ${file}`,
        name: title,
        world: async () => worldOf(await galleryText(file)),
      })),
    },
  ].filter(({ choices }) => choices.length > 0)
}

function earlier({ text, built: { before }, openedText }: Pick<AppState, 'text' | 'built' | 'openedText'>): readonly Choice[] {
  return [
    ...(before === null ? [] : [{ key: 'edit', name: 'before the last edit', world: async () => ({ text: before }) }]),
    ...(openedText === text ? [] : [{ key: 'opened', name: 'when it was opened', world: async () => ({ text: openedText }) }]),
  ]
}

const worldOf = (text: string | null): OtherWorld | null => (text === null ? null : { text })
const textOf = (work: { readonly text: string } | null): OtherWorld | null => worldOf(work?.text ?? null)
