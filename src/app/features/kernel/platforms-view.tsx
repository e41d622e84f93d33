import { useEffect, useRef } from 'react'
import type { KernelStation, KernelView } from '../../../engine/simulation/kernel-view.ts'
import type { Identity } from '../../store/identities.ts'
import { type Stop, stopKey, stopWords } from '../../store/stops.ts'
import { appState } from '../../store/store.ts'
import { FLAG } from '../../ui/stop-flag.ts'
import styles from './platforms.module.css'
import { type Box, type Cell, type Platform, type Point, platformsOf, stationName } from './platforms.ts'

export interface PlatformsProps {
  readonly view: KernelView
  /** Of the pane, px. */
  readonly width: number
  readonly from: Identity | null
  readonly to: Identity | null
  readonly stops: readonly Stop[]
  /** A table that holds rules was chosen. */
  readonly onOpen: (open: NonNullable<KernelView['open']>) => void
}

/** The hooks as platforms, the packet on its way through them, and the open table joined to its chains below. */
export function PlatformsView(props: PlatformsProps) {
  const { view, width, from, to } = props
  const drawn = platformsOf(view, width)
  const hue = `var(--${from?.hue ?? 'ink-2'})`
  const scroller = useRef<HTMLDivElement>(null)
  const open = drawn.platforms.flatMap(({ cells }) => cells).find(({ station }) => isOpen(station, view))
  const x = drawn.packet?.[0] ?? (open ? open.x + open.width / 2 : 0)
  useEffect(() => {
    const box = scroller.current
    if (box && (x < box.scrollLeft + 60 || x > box.scrollLeft + box.clientWidth - 60)) box.scrollLeft = x - box.clientWidth / 2
  }, [x])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div ref={scroller} className={styles.platforms} tabIndex={0}>
      <svg width={drawn.width} height={drawn.height}>
        <title>Hooks of the kernel, in the packet's order</title>
        {drawn.ways.map((way) => (
          <polyline key={way.join()} className={styles.way} points={way.join(' ')} />
        ))}
        {drawn.ahead.length > 1 && <polyline className={styles.ahead} stroke={hue} points={drawn.ahead.join(' ')} />}
        {drawn.walked.length > 1 && <polyline className={styles.walked} stroke={hue} points={drawn.walked.join(' ')} />}
        <Device box={drawn.inDevice} name={view.in} words="in" {...props} />
        <Device box={drawn.outDevice} name={view.out} words="out" {...props} />
        <Sockets box={drawn.sockets} />
        {drawn.platforms.map((platform) => (
          <PlatformView key={platform.hook} platform={platform} {...props} />
        ))}
        {open && open.y > drawn.sockets.y + drawn.sockets.height && (
          <path className={styles.join} d={`M${open.x + open.width / 2} ${open.y + open.height}V${drawn.height}`} />
        )}
        <Route at={drawn.route} view={view} />
        {drawn.packet && <Letter at={drawn.packet} from={from} to={to} />}
      </svg>
    </div>
  )
}

function isOpen({ hook, run }: KernelStation, { open }: KernelView): boolean {
  return open?.hook === hook && open.table === run
}

interface DeviceProps extends PlatformsProps {
  readonly box: Box
  readonly name: string | null
  readonly words: 'in' | 'out'
}

function Device({ box, name, words, view, stops }: DeviceProps) {
  const middle = box.x + box.width / 2
  const unknown = words === 'in' ? 'made here' : 'not known yet'
  return (
    <g>
      <rect {...box} rx={4} className={styles.device} data-unknown={name === null} />
      <text x={middle} y={box.y + box.height / 2 + 4} className={name === null ? styles.note : styles.deviceName}>
        {shortened(name ?? (words === 'in' ? 'made here' : '?'), 10)}
        <title>{name ?? unknown}</title>
      </text>
      <text x={middle} y={box.y + box.height + 14} className={styles.note}>
        {words}
      </text>
      {name !== null && (
        <StopButton at={[box.x + 2, box.y - 11]} stop={{ kind: 'device', where: view.where, device: name }} stops={stops} />
      )}
    </g>
  )
}

function Sockets({ box }: { readonly box: Box }) {
  return (
    <g>
      <rect {...box} rx={4} className={styles.device} />
      <text x={box.x + box.width / 2} y={box.y + box.height / 2 + 4} className={styles.deviceName}>
        sockets
      </text>
    </g>
  )
}

const shortened = (name: string, most: number): string => (name.length > most ? `${name.slice(0, most - 1)}…` : name)

function PlatformView({ platform, ...props }: PlatformsProps & { readonly platform: Platform }) {
  const { hook, x, y, width, height, cells } = platform
  const { view, stops } = props
  return (
    <g>
      <text x={x + 15} y={y - 8} className={styles.hook}>
        {hook}
      </text>
      <StopButton at={[x, y - 18]} stop={{ kind: 'hook', where: view.where, hook }} stops={stops} />
      <rect x={x} y={y} width={width} height={height} rx={6} className={styles.platform} />
      {cells.slice(1).map((cell) => (
        <line key={cell.station.run} className={styles.wall} x1={cell.x} x2={cell.x} y1={y} y2={y + height} />
      ))}
      {cells.map((cell) => (
        <CellView key={cell.station.run} cell={cell} {...props} />
      ))}
    </g>
  )
}

/** A flag that sets a stop; it shows with the pointer, with the focus, and while it is set. */
function StopButton({ at: [x, y], stop, stops }: { readonly at: Point; readonly stop: Stop; readonly stops: readonly Stop[] }) {
  const isSet = stops.some((one) => stopKey(one) === stopKey(stop))
  const toggle = (): void => appState().toggleStop(stop)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand inside a drawing
    <g
      className={styles.stopFlag}
      role="button"
      tabIndex={0}
      aria-label={`Stop at ${stopWords(stop)}`}
      aria-pressed={isSet}
      transform={`translate(${x} ${y})`}
      onClick={toggle}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        toggle()
      }}
    >
      <rect x={-7} y={-7} width={26} height={24} className={styles.hit} />
      <path d={FLAG} transform="translate(6 6)" />
    </g>
  )
}

/** What stands over a cell's name. */
function noteOf({ run, rules, policy, passed, current }: KernelStation, { conntrack, balancing }: KernelView): string {
  if (run === 'conntrack') return (passed || current) && conntrack !== null ? shortened(conntrack.toLowerCase(), 11) : ''
  if (run.startsWith('ip_vs')) return run === 'ip_vs_in' && balancing !== null ? balancing.scheduler : ''
  if (rules === null) return run === 'confirm' ? '' : 'none'
  return policy === 'DROP' ? `${rules}, DROP` : `${rules} ${rules === 1 ? 'rule' : 'rules'}`
}

function CellView({ cell, view, onOpen }: PlatformsProps & { readonly cell: Cell }) {
  const { x, y, width, height, station } = cell
  const opened = isOpen(station, view)
  const holds = (station.rules ?? 0) > 0 || station.policy === 'DROP'
  const state = station.current ? 'current' : station.passed ? 'passed' : 'ahead'
  const note = noteOf(station, view)
  const label = `${station.hook} ${station.run}: ${note || 'always runs'}${station.current ? ', the packet is here' : station.passed ? ', passed' : ''}`
  const middle = x + width / 2
  const content = (
    <>
      <rect x={x + 1} y={y + 1} width={width - 2} height={height - 2} rx={5} className={styles.cell} />
      {station.passed && <circle cx={middle} cy={y + height / 2} r={3} className={styles.pass} />}
      <text x={middle} y={y + 15} className={styles.note}>
        {note}
      </text>
      <text x={middle} y={y + height - 7} className={styles.table} data-holds={holds || !isTable(station.run)}>
        {stationName(station.run)}
      </text>
    </>
  )
  const { run, hook } = station
  if (station.rules === null || !isTable(run))
    return (
      <g data-state={state}>
        <title>{label}</title>
        {content}
      </g>
    )
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand inside a drawing
    <g
      data-state={state}
      data-open={opened}
      className={styles.button}
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-pressed={opened}
      onClick={() => onOpen({ table: run, hook })}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        onOpen({ table: run, hook })
      }}
    >
      {content}
    </g>
  )
}

const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const

function isTable(run: string): run is (typeof TABLES)[number] {
  return (TABLES as readonly string[]).includes(run)
}

function Route({ at, view }: { readonly at: { x: number; y: number; radius: number }; readonly view: KernelView }) {
  const { x, y, radius } = at
  const here = view.at === 'route' && view.in !== null
  return (
    <g>
      <title>{`Routing decision: ${view.route ?? 'not made yet'}`}</title>
      <path d={`M${x} ${y - radius}l${radius} ${radius}-${radius} ${radius}-${radius}-${radius}z`} className={styles.route} />
      {!here && <path d="M0 6V1L-5-4M0 1 5-4M2-4.500h3.200v3.200" transform={`translate(${x} ${y})`} className={styles.fork} />}
      <text x={x} y={y + radius + 13} className={styles.deviceName}>
        {view.route === null ? 'route?' : 'route'}
      </text>
      {view.route !== null && (
        <text x={x} y={y + radius + 28} className={styles.found}>
          {view.route}
        </text>
      )}
    </g>
  )
}

/** A packet: from | to. */
function Letter({ at: [x, y], from, to }: { readonly at: Point; readonly from: Identity | null; readonly to: Identity | null }) {
  return (
    <g transform={`translate(${x - 18} ${y - 9})`} className={styles.packet}>
      <rect width={17} height={18} rx={3} fill={`var(--${from?.hue ?? 'ink'})`} className={styles.letter} />
      <path d="M19 0h10l7 9-7 9H19z" fill={`var(--${to?.hue ?? 'ink-2'})`} className={styles.letter} />
    </g>
  )
}
