/** kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration (pkg/proxy/apis/config/v1alpha1). Taken as written. */
import { parseCidr } from '../../net/cidr.ts'
import type { KubeProxyConfig, KubeProxyIpvsConfig } from '../cluster.ts'
import {
  booleanAt,
  type Fields,
  fieldsAt,
  integerAt,
  pathOf,
  placeOf,
  reportNotModelled,
  reportUnknownFields,
  stringAt,
  stringsAt,
  valueAt,
  wordAt,
} from '../fields.ts'
import { reportIPv6 } from './address-fields.ts'

export const DEFAULT_KUBE_PROXY: KubeProxyConfig = {
  mode: 'iptables',
  clusterCIDR: null,
  detectLocalMode: 'ClusterCIDR',
  detectLocal: { bridgeInterface: null, interfaceNamePrefix: null },
  nodePortAddresses: [],
  masqueradeAll: false,
  masqueradeBit: 14,
  localhostNodePorts: true,
  tcpBeLiberal: false,
  syncPeriodMs: { iptables: 30_000, ipvs: 30_000 },
  ipvs: { scheduler: 'rr', strictARP: false, tcpTimeoutSeconds: 0, tcpFinTimeoutSeconds: 0, udpTimeoutSeconds: 0 },
}

/** Reads a configuration over `base`. */
export function decodeKubeProxyConfiguration(fields: Fields, base: KubeProxyConfig): KubeProxyConfig {
  const mode = wordAt(fields, 'mode', ['iptables', 'ipvs', 'nftables', 'none', ''], base.mode) || 'iptables'
  if (mode === 'nftables')
    fields.report.error({
      code: 'not-built',
      message: `kube-proxy's mode ${mode} is not built yet; write "mode: iptables" or "mode: ipvs".`,
      at: placeOf(fields, 'mode'),
    })
  checkFields(fields)
  const rules = fieldsAt(fields, mode === 'nftables' ? 'nftables' : 'iptables')
  const detectLocal = fieldsAt(fields, 'detectLocal')
  const bit = integerAt(rules, 'masqueradeBit') ?? base.masqueradeBit
  if (bit < 0 || bit > 31)
    fields.report.error({
      code: 'unsupported-value',
      message: `masqueradeBit: ${bit} must be between 0 and 31.`,
      at: placeOf(rules, 'masqueradeBit'),
    })
  return {
    mode,
    clusterCIDR: readClusterCIDR(fields) ?? base.clusterCIDR,
    detectLocalMode:
      wordAt(fields, 'detectLocalMode', ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix', ''], base.detectLocalMode) ||
      'ClusterCIDR',
    detectLocal: {
      bridgeInterface: stringAt(detectLocal, 'bridgeInterface'),
      interfaceNamePrefix: stringAt(detectLocal, 'interfaceNamePrefix'),
    },
    nodePortAddresses: readNodePortAddresses(fields),
    masqueradeAll: booleanAt(rules, 'masqueradeAll') ?? base.masqueradeAll,
    masqueradeBit: bit,
    localhostNodePorts: booleanAt(fieldsAt(fields, 'iptables'), 'localhostNodePorts') ?? base.localhostNodePorts,
    tcpBeLiberal: booleanAt(fieldsAt(fields, 'conntrack'), 'tcpBeLiberal') ?? base.tcpBeLiberal,
    syncPeriodMs: {
      iptables: periodAt(fieldsAt(fields, 'iptables')) ?? base.syncPeriodMs.iptables,
      ipvs: periodAt(fieldsAt(fields, 'ipvs')) ?? base.syncPeriodMs.ipvs,
    },
    ipvs: readIpvs(fieldsAt(fields, 'ipvs'), base.ipvs),
  }
}

const words = (text: string): string[] => text.split(/\s+/)
/** Of KubeProxyConfiguration v1alpha1. Those that are neither read nor said to be missing do not touch packets: logs, metrics, leader election, Windows. */
const FIELDS = words(
  'apiVersion kind metadata mode clusterCIDR detectLocalMode detectLocal nodePortAddresses iptables ipvs nftables conntrack bindAddress bindAddressHardFail clientConnection configSyncPeriod enableProfiling featureGates healthzBindAddress hostnameOverride logging metricsBindAddress oomScoreAdj portRange showHiddenMetricsForVersion udpIdleTimeout windowsRunAsService winkernel',
)
const RULE_FIELDS = words('masqueradeBit masqueradeAll localhostNodePorts syncPeriod minSyncPeriod')
const CONNTRACK_FIELDS = words('maxPerCore min tcpEstablishedTimeout tcpCloseWaitTimeout tcpBeLiberal udpTimeout udpStreamTimeout')
const IPVS_FIELDS = words('scheduler strictARP tcpTimeout tcpFinTimeout udpTimeout excludeCIDRs syncPeriod minSyncPeriod')

function checkFields(fields: Fields): void {
  reportUnknownFields(fields, FIELDS)
  reportNotModelled(fields, { featureGates: 'Rules are those of the gates of 1.30.' })
  const conntrack = fieldsAt(fields, 'conntrack')
  reportUnknownFields(conntrack, CONNTRACK_FIELDS)
  reportNotModelled(conntrack, {
    maxPerCore: 'The table of connections has no limit.',
    min: 'The table of connections has no limit.',
    tcpEstablishedTimeout: 'It is 24 hours.',
    tcpCloseWaitTimeout: 'It is 1 hour.',
    udpTimeout: "It is the kernel's.",
    udpStreamTimeout: "It is the kernel's.",
  })
  const ipvs = fieldsAt(fields, 'ipvs')
  reportUnknownFields(ipvs, IPVS_FIELDS)
  reportNotModelled(ipvs, { excludeCIDRs: '' })
  for (const key of ['iptables', 'nftables']) reportUnknownFields(fieldsAt(fields, key), RULE_FIELDS)
  reportUnknownFields(fieldsAt(fields, 'detectLocal'), ['bridgeInterface', 'interfaceNamePrefix'])
}

/** The kernel's schedulers, as ipvsadm names them. */
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh', 'fo', 'ovf', '']

function readIpvs(fields: Fields, base: KubeProxyIpvsConfig): KubeProxyIpvsConfig {
  return {
    scheduler: wordAt(fields, 'scheduler', SCHEDULERS, base.scheduler) || base.scheduler,
    strictARP: booleanAt(fields, 'strictARP') ?? base.strictARP,
    tcpTimeoutSeconds: secondsAt(fields, 'tcpTimeout') ?? base.tcpTimeoutSeconds,
    tcpFinTimeoutSeconds: secondsAt(fields, 'tcpFinTimeout') ?? base.tcpFinTimeoutSeconds,
    udpTimeoutSeconds: secondsAt(fields, 'udpTimeout') ?? base.udpTimeoutSeconds,
  }
}

/** Whole seconds of a duration. */
function secondsAt(fields: Fields, key: string): number | null {
  const ms = millisecondsAt(fields, key)
  return ms === null ? null : Math.floor(ms / 1000)
}

/** syncPeriod; 0 means the default (SetDefaults_KubeProxyConfiguration()). */
function periodAt(fields: Fields): number | null {
  return millisecondsAt(fields, 'syncPeriod') || null
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** A metav1.Duration: "15m", "1h30m", "0s". */
function millisecondsAt(fields: Fields, key: string): number | null {
  const text = stringAt(fields, key)
  if (text === null) return null
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$|^0$/.test(text)) {
    fields.report.error({
      code: 'unsupported-value',
      message: `${key}: "${text}" is no duration; write e.g. 15m or 120s.`,
      at: placeOf(fields, key),
    })
    return null
  }
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, value, unit]) => sum + Number(value) * (UNITS_MS[unit ?? ''] ?? 0),
    0,
  )
}

/** '' is kept: it says that nothing counts as local. */
function readClusterCIDR(fields: Fields): string | null {
  const text = stringAt(fields, 'clusterCIDR')
  if (text === null || text === '' || valueAt(fields, 'clusterCIDR') === null) return text
  const parts = text.split(',').map((part) => part.trim())
  const bad = parts.find((part) => !part.includes(':') && (!part.includes('/') || parseCidr(part) === null))
  if (bad !== undefined)
    fields.report.error({
      code: 'bad-address',
      message: `clusterCIDR: "${bad}" is no network; write e.g. 10.244.0.0/16.`,
      at: placeOf(fields, 'clusterCIDR'),
    })
  const six = parts.filter((part) => part.includes(':'))
  const four = parts.find((part) => !part.includes(':'))
  if (bad === undefined && six.length > 0)
    reportIPv6(fields.report, {
      said: `${pathOf(fields, 'clusterCIDR')}: ${six.join(', ')}`,
      instead: four === undefined ? 'Nothing counts as local.' : `Only ${four} is simulated.`,
      at: placeOf(fields, 'clusterCIDR'),
      lost: four === undefined,
    })
  return four ?? ''
}

function readNodePortAddresses(fields: Fields): string[] {
  return stringsAt(fields, 'nodePortAddresses').filter((text) => {
    const good = text.includes(':') || (text.includes('/') && parseCidr(text) !== null)
    if (!good)
      fields.report.error({
        code: 'bad-address',
        message: `nodePortAddresses: "${text}" is no network; write e.g. 192.168.0.0/24.`,
        at: placeOf(fields, 'nodePortAddresses'),
      })
    if (text.includes(':'))
      reportIPv6(fields.report, {
        said: `${pathOf(fields, 'nodePortAddresses')}: ${text}`,
        instead: 'This network is left out.',
        at: placeOf(fields, 'nodePortAddresses'),
        lost: false,
      })
    return good
  })
}
