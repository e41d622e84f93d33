/** The player on a phone: the sentence of the moment, the whole walk as a slider, five large buttons. */
import { ChevronFirst, ChevronLast, ChevronsLeft, ChevronsRight, Pause, Play } from 'lucide-react'
import { useEffect } from 'react'
import { momentAt } from '../../store/frames.ts'
import { currentFrames, showMoment, startClock } from '../../store/playback.ts'
import { stepSentence } from '../../store/steps.ts'
import { useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import styles from './phone-playback.module.css'
import { stepHop, stepMoment, togglePlay } from './stepping.ts'

export function PhonePlayback() {
  const walk = useStore((state) => state.walk)
  const frame = useStore((state) => state.frame)
  const playing = useStore((state) => state.playing)
  useStore((state) => state.topology)
  useEffect(startClock, [])
  const frames = currentFrames()
  const count = frames.moments.length
  const shown = momentAt(frames, frame)
  const moment = frames.moments[shown]
  if (walk === null || count === 0) return <p className={styles.empty}>No walk yet. Choose where from and where to, then Walk.</p>
  return (
    <div className={styles.player}>
      <p className={styles.sentence}>{moment ? stepSentence(walk, moment) : 'Nothing has been sent yet.'}</p>
      <input
        type="range"
        aria-label="Moment"
        min={-1}
        max={count - 1}
        value={shown}
        aria-valuetext={`${shown + 1} of ${count}`}
        onChange={(event) => showMoment(Number(event.target.value))}
      />
      <div className={styles.buttons} data-testid="transport" role="toolbar" aria-label="Playback">
        <Button look="icon" aria-label="Hop back" onClick={() => stepHop(-1)}>
          <ChevronsLeft size={20} aria-hidden />
        </Button>
        <Button look="icon" aria-label="Step back" onClick={() => stepMoment(-1)}>
          <ChevronFirst size={20} aria-hidden />
        </Button>
        <Button look="primary" className={styles.play} aria-label={playing ? 'Pause' : 'Play'} onClick={togglePlay}>
          {playing ? <Pause size={20} fill="currentColor" aria-hidden /> : <Play size={20} fill="currentColor" aria-hidden />}
        </Button>
        <Button look="icon" aria-label="Step forward" onClick={() => stepMoment(1)}>
          <ChevronLast size={20} aria-hidden />
        </Button>
        <Button look="icon" aria-label="Hop forward" onClick={() => stepHop(1)}>
          <ChevronsRight size={20} aria-hidden />
        </Button>
      </div>
    </div>
  )
}
