/** Ports of Services whose traffic arrives where nobody listens. */
import type { Pod, ServicePort } from '../cluster.ts'
import { findPort } from '../endpoint-slices.ts'
import { placeOf, valueAt } from '../fields.ts'
import { nearest } from '../nearest.ts'
import { type Fix, writeField } from './edit.ts'
import { listed, portFields, type WrittenService } from './service-source.ts'

/** Reports the target ports that no selected pod has, or that only some of them have. */
export function diagnoseTargetPorts(written: WrittenService): void {
  if (written.pods.length === 0) return
  for (const [index, port] of written.service.ports.entries()) {
    if (typeof port.targetPort === 'string') diagnoseName(written, index, { ...port, targetPort: port.targetPort })
    else diagnoseNumber(written, index, { ...port, targetPort: port.targetPort })
  }
}

function report(written: WrittenService, index: number, problem: { message: string; fix: Fix | null; severity: 'warning' | 'info' }): void {
  const fields = portFields(written, index)
  written.report[problem.severity]({
    code: 'target-port-missing',
    message: problem.message,
    at: placeOf(fields, valueAt(fields, 'targetPort') === null ? 'port' : 'targetPort'),
    ...(problem.fix && { fix: problem.fix }),
  })
}

const namesOf = (pods: readonly Pod[]): string => listed(pods.map((pod) => pod.meta.name))

function diagnoseName(written: WrittenService, index: number, port: ServicePort & { readonly targetPort: string }): void {
  const { pods } = written
  const without = pods.filter((pod) => findPort(pod, port) === null)
  if (without.length === 0) return
  if (without.length < pods.length) {
    report(written, index, {
      severity: 'info',
      message: `No container of ${namesOf(without)} has a ${port.protocol} port called "${port.targetPort}": this port's traffic goes to the other pods only.`,
      fix: null,
    })
    return
  }
  const own = pods.flatMap((pod) => pod.containers.flatMap((container) => container.ports))
  const names = [...new Set(own.flatMap((one) => (one.name === null || one.protocol !== port.protocol ? [] : [one.name])))]
  const near = nearest(port.targetPort, names) ?? (names.length === 1 ? (names[0] ?? null) : null)
  const numbers = [...new Set(own.flatMap((one) => (one.protocol === port.protocol ? [one.containerPort] : [])))]
  const only = near === null && numbers.length === 1 ? String(numbers[0]) : null
  const hint =
    near !== null
      ? ` Did you mean "${near}"?`
      : names.length > 0
        ? ` Their ports: ${names.join(', ')}.`
        : ` None of their ports has a name.${only === null ? '' : ` They listen on ${only}.`}`
  const meant = near ?? only
  report(written, index, {
    severity: 'warning',
    message: `No container of the selected pods has a ${port.protocol} port called "${port.targetPort}": this port has no endpoints.${hint}`,
    fix: meant === null ? null : writeField(portFields(written, index), 'targetPort', meant),
  })
}

function diagnoseNumber(written: WrittenService, index: number, port: ServicePort & { readonly targetPort: number }): void {
  const { pods } = written
  const listens = (pod: Pod): boolean =>
    pod.containers.some((container) =>
      container.ports.some((one) => one.containerPort === port.targetPort && one.protocol === port.protocol),
    )
  const deaf = pods.filter((pod) => !listens(pod))
  if (deaf.length === 0) return
  const said = `${port.targetPort}/${port.protocol}`
  if (deaf.length < pods.length) {
    report(written, index, {
      severity: 'warning',
      message: `Nothing in ${namesOf(deaf)} listens on ${said}: connections that are sent there will be refused.`,
      fix: null,
    })
    return
  }
  const own = pods.flatMap((pod) => pod.containers.flatMap((container) => container.ports))
  const ports = [...new Set(own.map((one) => `${one.containerPort}/${one.protocol}`))]
  report(written, index, {
    severity: 'warning',
    message: `Nothing in the selected pods listens on ${said}: connections will be refused. They listen on ${ports.join(', ') || 'nothing'}.`,
    fix: numberFix(written, index, { port, own }),
  })
}

/** The one port of that protocol; else the other protocol of that port. */
function numberFix(
  written: WrittenService,
  index: number,
  { port, own }: { readonly port: ServicePort; readonly own: readonly { readonly containerPort: number; readonly protocol: string }[] },
): Fix | null {
  const fields = portFields(written, index)
  const other = own.find((one) => one.containerPort === port.targetPort)
  if (other !== undefined) return writeField(fields, 'protocol', other.protocol)
  const numbers = [...new Set(own.flatMap((one) => (one.protocol === port.protocol ? [one.containerPort] : [])))]
  return numbers.length === 1 ? writeField(fields, 'targetPort', String(numbers[0])) : null
}
