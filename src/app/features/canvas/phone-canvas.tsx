/** The picture on a phone: the path unrolled into one line, with the packet on it; the whole picture on request. */
import { type CSSProperties, useEffect, useRef, useState } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import { momentAt } from '../../store/frames.ts'
import { type Identities, identityOf } from '../../store/identities.ts'
import { endsOf, unwrapped } from '../../store/packet-words.ts'
import { currentFrames, showMoment } from '../../store/playback.ts'
import type { WalkState } from '../../store/state.ts'
import { placeInside, placeName } from '../../store/steps.ts'
import { useStore } from '../../store/store.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { Button } from '../../ui/button.tsx'
import { Glyph } from '../../ui/glyph.tsx'
import { iconWords } from '../../ui/step-words.ts'
import { Canvas } from './canvas.tsx'
import { LetterMark } from './letter-mark.tsx'
import { PacketLabel } from './packet-label.tsx'
import styles from './phone-canvas.module.css'
import { addressOf, type UnrolledPlace, unrolledOf } from './unrolled.ts'

export function PhoneCanvas() {
  const topology = useStore((state) => state.topology)
  const walk = useStore((state) => state.walk)
  const frame = useStore((state) => state.frame)
  const [whole, setWhole] = useState(false)
  const frames = currentFrames()
  const shown = momentAt(frames, frame)
  const places = unrolledOf(frames, shown)
  const list = useCurrentInView(shown)
  if (topology === null || walk === null || places.length === 0) return <Canvas />
  return (
    <div className={styles.pane}>
      {whole ? (
        <Canvas />
      ) : (
        <div ref={list} className={styles.list} data-testid="unrolled">
          {places.map((place) => (
            <Place key={place.moments[0]?.index} place={place} walk={walk} topology={topology} shown={shown} />
          ))}
        </div>
      )}
      <Button look="outline" className={styles.switch} aria-pressed={whole} onClick={() => setWhole(!whole)}>
        {whole ? 'Path' : 'Whole picture'}
      </Button>
    </div>
  )
}

interface PlaceProps {
  readonly place: UnrolledPlace
  readonly walk: WalkState
  readonly topology: Topology
  readonly shown: number
}

function Place({ place, walk, topology, shown }: PlaceProps) {
  const { identities } = currentIdentities(topology, walk)
  const first = place.moments[0]?.index ?? 0
  const last = place.moments.at(-1)?.index ?? 0
  const address = addressOf(topology, place.lane)
  const { hue, glyph } = identityOf(identities, address, place.lane)
  return (
    <section aria-label={placeName(place.lane)} data-testid={place.lane}>
      <h3 className={styles.machine} data-state={first > shown ? 'future' : last < shown ? 'past' : 'here'}>
        <span className={styles.mark}>
          <Glyph shape={place.lane.startsWith('network/') ? 'ring' : glyph} hue={hue} size={11} />
        </span>
        {placeName(place.lane)} <code>{address}</code>
      </h3>
      <ol>
        {place.moments.map((moment) => (
          <Row
            key={moment.index}
            moment={moment}
            number={moment.index - (currentFrames().chapters[moment.chapter]?.first ?? 0) + 1}
            walk={walk}
            identities={identities}
            shown={shown}
          />
        ))}
      </ol>
    </section>
  )
}

interface RowProps {
  readonly moment: UnrolledPlace['moments'][number]
  readonly number: number
  readonly walk: WalkState
  readonly identities: Identities
  readonly shown: number
}

function Row({ moment, number, walk, identities, shown }: RowProps) {
  const record = walk.records[moment.n]
  if (record === undefined) return null
  const here = moment.index === shown
  const { event } = record
  const sender = identityOf(identities, endsOf(unwrapped(event.packet).packet).source, record.where)
  return (
    <li
      className={styles.row}
      data-state={here ? 'here' : moment.index < shown ? 'past' : 'future'}
      style={{ '--way': `var(--${sender.hue})` } as CSSProperties}
    >
      <button type="button" aria-current={here ? 'location' : undefined} onClick={() => showMoment(moment.index)}>
        <span className={styles.mark}>
          {here ? (
            <LetterMark record={record} reply={moment.reply} identities={identities} />
          ) : (
            <span className={styles.number} data-icon={moment.icon}>
              {number}
            </span>
          )}
        </span>
        <span className={styles.words}>
          <code>{placeInside(record)}</code>
          <span>{iconWords(moment.icon)}</span>
          {here && <PacketLabel inline record={record} moment={moment} identities={identities} />}
        </span>
      </button>
    </li>
  )
}

function useCurrentInView(shown: number) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (shown >= 0) list.current?.querySelector('[data-state="here"] button')?.scrollIntoView({ block: 'center' })
  }, [shown])
  return list
}
