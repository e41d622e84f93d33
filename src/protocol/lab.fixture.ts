/** Two pods on two nodes, and a Walk between them, for tests of what is answered about them. */
export const LAB = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: c, image: curl}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec: {nodeName: worker-2, containers: [{name: c, image: web, ports: [{containerPort: 80}]}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: across}
spec: {from: pod/client, to: "http://pod/server/"}
`
