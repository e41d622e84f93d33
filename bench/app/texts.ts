/** Scenario texts of a given size. */

const head = (nodes: number): string => `apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
spec: {nodes: ${nodes}, podCIDR: 172.20.0.0/16, dns: none}`

/** `pods` on each of `nodes` nodes, in Deployments of ten. */
export function podsText(nodes: number, pods: number): string {
  const documents = [head(nodes)]
  for (let node = 1; node <= nodes; node++)
    for (let first = 0; first < pods; first += 10)
      documents.push(`apiVersion: apps/v1
kind: Deployment
metadata: {name: d${node}-${first / 10}}
spec:
  replicas: ${Math.min(10, pods - first)}
  selector: {matchLabels: {app: d${node}-${first / 10}}}
  template:
    metadata: {labels: {app: d${node}-${first / 10}}}
    spec:
      nodeName: worker-${node}
      containers: [{name: web, image: web, ports: [{containerPort: 80}]}]`)
  return documents.join('\n---\n')
}

/** A Walk between two Deployments' first pods. */
export function walkText(from: string, to: string): string {
  return `apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: one}
spec: {from: ${from}, to: "${to}"}`
}

/** Every packet that worker-1 forwards goes `times` through a chain of so many rules, which only count. */
export function countingText(rules: number, times = 1): string {
  const lines = [
    ...Array.from({ length: rules }, (_, index) => `    -A COUNT -m comment --comment "account ${index}"`),
    ...Array.from({ length: times }, () => '    -A FORWARD -j COUNT'),
  ]
  return `apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: accounting}
spec:
  on: node/worker-1
  run: |
    iptables-restore --noflush <<'END'
    *mangle
    :COUNT - [0:0]
${lines.join('\n')}
    COMMIT
    END`
}
