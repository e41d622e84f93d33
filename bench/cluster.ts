/** Scenario texts of a given size, for the benches. */

/** `nodes` nodes with `podsPerNode` pods each, all listening on 80. */
export function clusterText(nodes: number, podsPerNode: number): string {
  const documents = [
    `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nspec: {nodes: ${nodes}, podCIDR: 10.0.0.0/8, serviceCIDR: 172.20.0.0/14}`,
  ]
  for (let node = 1; node <= nodes; node++) {
    for (let i = 0; i < podsPerNode; i++) {
      documents.push(
        `apiVersion: v1\nkind: Pod\nmetadata: {name: p-${node}-${i}, labels: {app: a${(node * podsPerNode + i) % 1000}}}\nspec: {nodeName: worker-${node}, containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}`,
      )
    }
  }
  return documents.join('\n---\n')
}

/** Services with endpoints that are no pods, as a big cluster's own objects would come: JSON documents are YAML. */
export function servicesText(services: number, endpointsEach: number): string {
  const documents: unknown[] = []
  for (let i = 0; i < services; i++) {
    const name = `s${i}`
    const ip = `172.${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
    documents.push({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP: ip, ports: [{ port: 80, targetPort: 80 }] },
    })
    const endpoints = Array.from({ length: endpointsEach }, (_, e) => ({ addresses: [`10.${e + 1}.${(i >> 8) & 255}.${i & 255}`] }))
    documents.push({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints,
    })
  }
  return documents.map((document) => JSON.stringify(document)).join('\n---\n')
}
