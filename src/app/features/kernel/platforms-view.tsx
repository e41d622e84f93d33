import type { KernelStation, KernelView } from '../../../engine/simulation/kernel-view.ts'
import type { Identity } from '../../store/identities.ts'
import styles from './kernel.module.css'
import { type Cell, type Platform, type Point, platformsOf } from './platforms.ts'

export interface PlatformsProps {
  readonly view: KernelView
  /** Of the pane, px. */
  readonly width: number
  readonly from: Identity | null
  readonly to: Identity | null
  /** A table that holds rules was chosen. */
  readonly onOpen: (open: NonNullable<KernelView['open']>) => void
}

/** The hooks as platforms, the packet on its way through them. */
export function PlatformsView({ view, width, from, to, onOpen }: PlatformsProps) {
  const drawn = platformsOf(view, width)
  const hue = `var(--${from?.hue ?? 'ink-2'})`
  return (
    <div className={styles.platforms}>
      <svg width={drawn.width} height={drawn.height}>
        <title>Hooks of the kernel, in the packet's order</title>
        {drawn.ways.map((way) => (
          <polyline key={way.join()} className={styles.way} points={way.join(' ')} />
        ))}
        {drawn.ahead.length > 1 && <polyline className={styles.ahead} stroke={hue} points={drawn.ahead.join(' ')} />}
        {drawn.walked.length > 1 && <polyline className={styles.walked} stroke={hue} points={drawn.walked.join(' ')} />}
        <Device box={drawn.inDevice} name={view.in ?? '—'} />
        <Device box={drawn.outDevice} name={view.out ?? '—'} />
        <Device box={drawn.sockets} name="sockets" />
        {drawn.platforms.map((platform) => (
          <PlatformView key={platform.hook} platform={platform} view={view} onOpen={onOpen} />
        ))}
        <Route at={drawn.route} view={view} />
        {drawn.packet && <Letter at={drawn.packet} from={from} to={to} />}
      </svg>
    </div>
  )
}

function Device({ box, name }: { readonly box: { x: number; y: number; width: number; height: number }; readonly name: string }) {
  const middle = box.x + box.width / 2
  return (
    <g>
      <rect {...box} rx={4} className={styles.device} />
      <text x={middle} y={box.y + box.height / 2 + 4} className={styles.deviceName}>
        {shortened(name, 9)}
        <title>{name}</title>
      </text>
    </g>
  )
}

const shortened = (name: string, most: number): string => (name.length > most ? `${name.slice(0, most - 1)}…` : name)

function PlatformView({
  platform,
  view,
  onOpen,
}: {
  readonly platform: Platform
  readonly view: KernelView
  readonly onOpen: PlatformsProps['onOpen']
}) {
  const { hook, x, y, width, height, cells } = platform
  return (
    <g>
      <text x={x} y={y - 8} className={styles.hook}>
        {hook}
      </text>
      <rect x={x} y={y} width={width} height={height} rx={6} className={styles.platform} />
      {cells.map((cell) => (
        <CellView key={cell.station.run} cell={cell} view={view} onOpen={onOpen} />
      ))}
    </g>
  )
}

/** What stands over a cell's name. */
function noteOf({ run, rules, policy, passed, current }: KernelStation, conntrack: string | null): string {
  if (run === 'conntrack') return (passed || current) && conntrack !== null ? shortened(conntrack.toLowerCase(), 9) : ''
  if (rules === null) return run === 'confirm' || run.startsWith('ip_vs') ? '' : 'none'
  return policy === 'DROP' ? `${rules} · DROP` : `${rules} ${rules === 1 ? 'rule' : 'rules'}`
}

function CellView({ cell, view, onOpen }: { readonly cell: Cell; readonly view: KernelView; readonly onOpen: PlatformsProps['onOpen'] }) {
  const { x, y, width, height, station } = cell
  const isOpen = view.open?.hook === station.hook && view.open.table === station.run
  const holds = (station.rules ?? 0) > 0 || station.policy === 'DROP'
  const open = (): void => {
    if (station.rules !== null && isTable(station.run)) onOpen({ table: station.run, hook: station.hook })
  }
  const state = station.current ? 'current' : station.passed ? 'passed' : 'ahead'
  const label = `${station.hook} ${station.run}: ${noteOf(station, view.conntrack) || 'always runs'}${station.current ? ', the packet is here' : station.passed ? ', passed' : ''}`
  const middle = x + width / 2
  const content = (
    <>
      <rect x={x + 1} y={y + 1} width={width - 2} height={height - 2} rx={5} className={styles.cell} />
      {station.passed && <circle cx={middle} cy={y + height / 2} r={3} className={styles.pass} />}
      <text x={middle} y={y + 15} className={styles.note}>
        {noteOf(station, view.conntrack)}
      </text>
      <text x={middle} y={y + height - 8} className={styles.table} data-holds={holds || !isTable(station.run)}>
        {shortened(station.run, 9)}
      </text>
    </>
  )
  if (station.rules === null || !isTable(station.run))
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
      data-open={isOpen}
      className={styles.button}
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-pressed={isOpen}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        open()
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
  return (
    <g>
      <title>{`Routing decision: ${view.route ?? 'not made yet'}`}</title>
      <path d={`M${x} ${y - radius}l${radius} ${radius}-${radius} ${radius}-${radius}-${radius}z`} className={styles.route} />
      <text x={x} y={y + 4} className={styles.note}>
        route
      </text>
      {view.route !== null && (
        <text x={x} y={y + radius + 22} className={styles.found}>
          {view.route}
        </text>
      )}
    </g>
  )
}

/** A packet: from | to. */
function Letter({ at: [x, y], from, to }: { readonly at: Point; readonly from: Identity | null; readonly to: Identity | null }) {
  return (
    <g transform={`translate(${x - 18} ${y - 9})`}>
      <rect width={17} height={18} rx={3} fill={`var(--${from?.hue ?? 'ink'})`} className={styles.letter} />
      <path d="M19 0h10l7 9-7 9H19z" fill={`var(--${to?.hue ?? 'ink-2'})`} className={styles.letter} />
    </g>
  )
}
