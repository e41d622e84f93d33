/** A Service as it was written, beside what it became. */
import type { EndpointSlice, Pod, Service } from '../cluster.ts'
import { type Fields, fieldsAt, mapsAt } from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Report } from '../report.ts'

export interface WrittenService {
  readonly source: ObjectSource
  readonly service: Service
  /** Pods that its selector matches; none without a selector. */
  readonly pods: readonly Pod[]
  readonly slices: readonly EndpointSlice[]
  readonly report: Report
}

/** The `spec` of the Service's document. */
export const specOf = ({ source }: Pick<WrittenService, 'source'>): Fields => fieldsAt(source.fields, 'spec')

/** The fields of its n-th port as written. */
export function portFields(written: Pick<WrittenService, 'source'>, index: number): Fields {
  const spec = specOf(written)
  return mapsAt(spec, 'ports')[index] ?? { map: null, report: spec.report }
}

/** "web-1, web-2 and 3 more" */
export function listed(names: readonly string[], most = 3): string {
  if (names.length === 0) return 'none'
  if (names.length <= most) return names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}
