/** The smallest text that walks, shared by tests: a client on one node, a web server on the other, and a Service before it. */
export const CLIENT_AND_WEB = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: worker-2, containers: [{name: web, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80}]}
`

/** A Walk from the client, as one more document. */
export const clientWalk = (name: string, to: string): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: ${name}}
spec: {from: pod/client, to: "${to}"}
`
