/** The timeline pane, connected to the store: transport, staircase and the clock. */
import { useEffect } from 'react'
import { momentAt } from '../../store/frames.ts'
import { currentFrames, currentHits, showMoment, startClock } from '../../store/playback.ts'
import { appState, useStore } from '../../store/store.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { stepHop, stepMoment, togglePlay } from './stepping.ts'
import styles from './timeline.module.css'
import { Timeline } from './timeline-view.tsx'
import { Transport } from './transport.tsx'

export function Playback() {
  const walk = useStore((state) => state.walk)
  const topology = useStore((state) => state.topology)
  const frame = useStore((state) => state.frame)
  const playing = useStore((state) => state.playing)
  const speed = useStore((state) => state.speed)
  const loop = useStore((state) => state.loop)
  useStore((state) => state.stops)
  useEffect(startClock, [])
  const frames = currentFrames()
  const { identities } = currentIdentities(topology, walk)
  const shown = momentAt(frames, frame)
  return (
    <div className={styles.playback}>
      <Transport
        playing={playing}
        speed={speed}
        moment={frames.moments[shown]}
        count={frames.moments.length}
        onToggle={togglePlay}
        onStep={stepMoment}
        onHop={stepHop}
        onAgain={() => appState().walkAgain()}
        onSpeed={(one) => appState().setSpeed(one)}
      />
      {walk !== null && frames.moments.length > 0 ? (
        <Timeline
          frames={frames}
          records={walk.records}
          sentences={walk.sentences}
          identities={identities}
          shown={shown}
          onShow={showMoment}
          hits={currentHits()}
          loop={loop}
        />
      ) : (
        <p className={styles.empty}>No walk yet. Choose where from and where to, then Walk.</p>
      )}
    </div>
  )
}
