/** The buttons of a player, the speed, where to stop, and whether the camera follows. */
import { ChevronFirst, ChevronLast, ChevronsLeft, ChevronsRight, Pause, Play, RotateCcw, SquareTerminal } from 'lucide-react'
import type { Moment } from '../../store/frames.ts'
import { SPEEDS } from '../../store/state.ts'
import { toggleTerminal, useTerminals } from '../../store/terminal.ts'
import { Button } from '../../ui/button.tsx'
import { FollowButton } from './follow-button.tsx'
import { MarksMenu } from './marks-menu.tsx'
import { StopMenu } from './stop-menu.tsx'
import { timeWords } from './timeline.ts'
import styles from './transport.module.css'

function TerminalButton() {
  const open = useTerminals((state) => state.open)
  return (
    <Button look="icon" aria-label="Terminal" title="Terminal (T)" aria-pressed={open} onClick={toggleTerminal}>
      <SquareTerminal size={17} aria-hidden />
    </Button>
  )
}

export interface TransportProps {
  readonly playing: boolean
  readonly speed: number
  readonly moment: Moment | undefined
  /** Number of moments; 0: nothing to play. */
  readonly count: number
  readonly onToggle: () => void
  readonly onStep: (direction: 1 | -1) => void
  readonly onHop: (direction: 1 | -1) => void
  readonly onAgain: () => void
  readonly onSpeed: (speed: number) => void
}

export function Transport({ playing, speed, moment, count, onToggle, onStep, onHop, onAgain, onSpeed }: TransportProps) {
  const none = count === 0
  return (
    <div className={styles.transport} data-testid="transport" role="toolbar" aria-label="Playback">
      <Button look="icon" aria-label="Hop back" title="Hop back (Shift ←)" disabled={none} onClick={() => onHop(-1)}>
        <ChevronsLeft size={18} aria-hidden />
      </Button>
      <Button look="icon" aria-label="Step back" title="Step back (←)" disabled={none} onClick={() => onStep(-1)}>
        <ChevronFirst size={18} aria-hidden />
      </Button>
      <Button
        look="primary"
        className={styles.play}
        aria-label={playing ? 'Pause' : 'Play'}
        title={playing ? 'Pause (Space)' : 'Play (Space)'}
        disabled={none}
        onClick={onToggle}
      >
        {playing ? <Pause size={17} fill="currentColor" aria-hidden /> : <Play size={17} fill="currentColor" aria-hidden />}
      </Button>
      <Button look="icon" aria-label="Step forward" title="Step forward (→)" disabled={none} onClick={() => onStep(1)}>
        <ChevronLast size={18} aria-hidden />
      </Button>
      <Button look="icon" aria-label="Hop forward" title="Hop forward (Shift →)" disabled={none} onClick={() => onHop(1)}>
        <ChevronsRight size={18} aria-hidden />
      </Button>
      <Button look="icon" aria-label="Walk again" title="Walk again (W)" onClick={onAgain}>
        <RotateCcw size={16} aria-hidden />
      </Button>
      <select
        className={styles.speed}
        aria-label="Speed"
        title="Speed ([ and ])"
        value={speed}
        onChange={(event) => onSpeed(Number(event.target.value))}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={one}>
            {one}×
          </option>
        ))}
      </select>
      <output className={styles.position} aria-label="Position">
        {moment ? moment.index + 1 : 0} / {count}
        <span>{moment ? timeWords(moment.timeMs) : ''}</span>
      </output>
      <MarksMenu />
      <StopMenu />
      <FollowButton />
      <TerminalButton />
    </div>
  )
}
