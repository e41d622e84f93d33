/** The band of Service tickets above the racks, and the tethers from the focused ones to their endpoints. Pure. */
import type { TopologyService } from '../../../engine/simulation/topology.ts'
import type { LayoutOptions, PodShape, Point, Rect, ServiceShape, TetherShape } from './shapes.ts'
import { bottom, centre, right } from './shapes.ts'

const TICKET_HEIGHT = 52
const TICKET_GAP = 14
const BAND_TOP = 16
const STACK_WIDTH = 150
const TETHER_LANE = 8

export interface Band {
  readonly services: readonly ServiceShape[]
  readonly more: { readonly count: number; readonly rect: Rect } | null
  /** What the tickets take, at least what they were given. */
  readonly width: number
  /** Where the tickets end. */
  readonly bottom: number
  /** Where racks may begin: leaves room for one lane a focused Service. */
  readonly next: number
}

/** "shop/db" outside the default namespace, else "db". */
export function serviceName(service: TopologyService): string {
  return service.namespace === 'default' ? service.name : `${service.namespace}/${service.name}`
}

/** The second line of a ticket: where clients find it. */
export function serviceAddress(service: TopologyService): string {
  if (service.type === 'ExternalName') return `→ ${service.externalName ?? ''}`
  if (service.headless) return 'None: DNS gives pod IPs'
  const [first, ...others] = service.ports
  const address = first ? `${service.clusterIP ?? ''}:${first.port}` : (service.clusterIP ?? '')
  return others.length > 0 ? `${address} +${others.length}` : address
}

/** "headless" for Services without an address, else the type. */
export function serviceType(service: TopologyService): string {
  return service.headless ? 'headless' : service.type
}

/** "2 endpoints"; empty where the word would say nothing. */
export function endpointWords(service: TopologyService): string {
  if (service.type === 'ExternalName' || service.headless) return ''
  const count = service.endpoints.filter((endpoint) => endpoint.ready).length
  return `${count} ${count === 1 ? 'endpoint' : 'endpoints'}`
}

/** The width that holds both lines of a ticket at zoom 1. */
export function ticketWidth(service: TopologyService): number {
  const first = 18 + serviceName(service).length * 7.6 + 12 + serviceType(service).length * 6.2
  const second = serviceAddress(service).length * (service.headless ? 6 : 7.3) + 12 + endpointWords(service).length * 6
  return Math.round(Math.max(176, Math.min(400, 34 + Math.max(first, second))))
}

/** Places the tickets in document order within `width`; focused ones always find a place. */
export function bandOf(services: readonly TopologyService[], width: number, options: LayoutOptions): Band {
  if (services.length === 0) return { services: [], more: null, width, bottom: BAND_TOP, next: BAND_TOP + 4 }
  const shown = options.allServices ? services : choose(services, width, options.focused)
  const shapes: ServiceShape[] = []
  let x = 0
  let y = BAND_TOP
  for (const service of shown) {
    const ticket = ticketWidth(service)
    if (x > 0 && x + ticket > width) {
      x = 0
      y += TICKET_HEIGHT + TICKET_GAP + 6
    }
    const focused = options.focused.includes(service.ref)
    shapes.push({ ref: service.ref, service, rect: { x, y, width: ticket, height: TICKET_HEIGHT }, focused })
    x += ticket + TICKET_GAP
  }
  const hidden = services.length - shown.length
  if (hidden > 0 && x > 0 && x + STACK_WIDTH > width) {
    x = 0
    y += TICKET_HEIGHT + TICKET_GAP + 6
  }
  const more = hidden > 0 ? { count: hidden, rect: { x: x + 4, y, width: STACK_WIDTH - 14, height: TICKET_HEIGHT } } : null
  const end = y + TICKET_HEIGHT
  const taken = Math.max(width, ...shapes.map((shape) => right(shape.rect)), more ? right(more.rect) + 8 : 0)
  const lanes = shapes.filter((shape) => shape.focused).length
  return { services: shapes, more, width: taken, bottom: end, next: end + 42 + TETHER_LANE * Math.max(1, lanes) }
}

function choose(services: readonly TopologyService[], width: number, focused: readonly string[]): readonly TopologyService[] {
  const total = services.reduce((sum, service) => sum + ticketWidth(service) + TICKET_GAP, -TICKET_GAP)
  if (total <= width) return services
  const chosen = new Set(services.filter((service) => focused.includes(service.ref)))
  let left = width - STACK_WIDTH
  for (const service of chosen) left -= ticketWidth(service) + TICKET_GAP
  for (const service of services) {
    const need = ticketWidth(service) + TICKET_GAP
    if (chosen.has(service)) continue
    if (need > left) break
    chosen.add(service)
    left -= need
  }
  return services.filter((service) => chosen.has(service))
}

/** One lane a focused Service in the gap, then straight down to each ready endpoint. */
export function tethersOf(band: Band, tetherTo: (pod: string) => PodShape['tether'] | undefined): TetherShape[] {
  const focused = band.services.filter((shape) => shape.focused)
  return focused.flatMap((shape, lane) => {
    const from: Point = { x: centre(shape.rect).x, y: bottom(shape.rect) }
    const laneY = band.bottom + 24 + lane * TETHER_LANE
    const drop: Point[] = [from, { x: from.x, y: laneY }]
    return shape.service.endpoints.flatMap((endpoint) => {
      if (endpoint.pod === null || !endpoint.ready) return []
      const tether = tetherTo(endpoint.pod)
      const first = tether?.[0]
      if (!tether || !first) return []
      return [{ service: shape.ref, pod: endpoint.pod, points: [...drop, { x: first.x, y: laneY }, ...tether] }]
    })
  })
}
