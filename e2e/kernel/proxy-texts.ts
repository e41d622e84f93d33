/**
 * What kube-proxy writes, given to the real tools: `iptables-restore` in a namespace of this kernel, and with IPVS (`ipset restore`,
 * `ipvsadm -R`, `ip -batch`) under User-Mode-Linux. For every node of every scenario, in both modes; the tools must be silent.
 */
import { spawnSync } from 'node:child_process'
import type { Cluster, ClusterNode } from '../../src/engine/kubernetes/cluster.ts'
import { kubeProxy } from '../../src/engine/kubernetes/kube-proxy/commands.ts'
import { PROXY_MODE_ANNOTATION } from '../../src/engine/kubernetes/kube-proxy/mode.ts'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import type { ScriptCommand } from '../../src/engine/net/node-script.ts'
import { labNeeds } from '../../src/engine/simulation/lab-needs.ts'
import { runUml } from './uml.ts'

type Mode = 'iptables' | 'ipvs'

function inMode(cluster: Cluster, mode: Mode): Cluster {
  const plain = (node: ClusterNode): ClusterNode => {
    const { [PROXY_MODE_ANNOTATION]: _mode, ...annotations } = node.meta.annotations
    return { ...node, meta: { ...node.meta, annotations } }
  }
  return { ...cluster, nodes: cluster.nodes.map(plain), kubeProxy: { ...cluster.kubeProxy, mode } }
}

function shellText({ run, stdin }: ScriptCommand): string {
  return typeof stdin !== 'string' ? run : `${run} <<'TEXT_OF_KUBE_PROXY'\n${stdin.replace(/\n?$/, '\n')}TEXT_OF_KUBE_PROXY`
}

/** A script that runs what kube-proxy runs on each node (but for sysctls) in a namespace of its own, and tells what a tool said against it. */
function script(name: string, cluster: Cluster): string {
  return cluster.nodes
    .map((node) => {
      const written = kubeProxy(cluster, node).filter(({ run }) => !run.startsWith('sysctl '))
      const commands = written.map(shellText).join('\n')
      return `said=$(unshare --net bash -e 2>&1 >/dev/null <<'COMMANDS_OF_A_NODE'\nip link set lo up\n${commands}\nCOMMANDS_OF_A_NODE\n) || said="$said (exit code $?)"\n[ -z "$said" ] || echo "${name} ${node.meta.name}: $said"`
    })
    .join('\n')
}

/** What tools said against the texts of one mode; nothing when all went well. */
export async function complaints(texts: readonly { readonly name: string; readonly text: string }[], mode: Mode): Promise<string> {
  const scripts = texts.flatMap(({ name, text }) => {
    const { cluster } = parseScenario(text)
    return cluster ? [script(name, inMode(cluster, mode))] : []
  })
  if (mode === 'ipvs') {
    const said = await Promise.all(scripts.map((one) => runUml(one, ['overlay', 'nf_conntrack', ...labNeeds(one).modules])))
    return said.map(({ stdout }) => stdout).join('')
  }
  const { stdout, stderr } = spawnSync('bash', [], { input: scripts.join('\n'), encoding: 'utf8' })
  return `${stdout}${stderr}`
}
