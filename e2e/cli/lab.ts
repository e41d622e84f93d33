/** Scenario texts of these tests. */

/** A web application and its database, as a user would paste them. */
export const WEB_AND_MYSQL = `apiVersion: apps/v1
kind: Deployment
metadata: {name: webapp}
spec:
  replicas: 2
  selector: {matchLabels: {app: webapp}}
  template:
    metadata: {labels: {app: webapp}}
    spec: {containers: [{name: web, image: example/web, ports: [{containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mysql}
spec:
  replicas: 1
  selector: {matchLabels: {app: mysql}}
  template:
    metadata: {labels: {app: mysql}}
    spec: {containers: [{name: mysql, image: mysql:8, ports: [{containerPort: 3306}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: webapp}
spec: {type: NodePort, selector: {app: webapp}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: webapp-sql1}
spec: {selector: {app: mysql}, ports: [{port: 3306}]}
`

/** Two bare pods on two nodes, and Walks between them: one that holds, one that does not. */
export const TWO_PODS = `apiVersion: v1
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
metadata: {name: right}
spec: {from: pod/client, to: "http://pod/server/", expect: {outcome: delivered, by: pod/server, seenFrom: pod/client, path: [node/worker-1, node/worker-2]}}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: wrong & "odd"}
spec: {from: pod/client, to: "tcp://pod/server:81", expect: {outcome: delivered}}
`

export const PASSING = TWO_PODS.split('---\n').slice(0, 3).join('---\n')

/** Rules that send half of a Service's connections to each of two endpoints. */
export const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-SVC-A - [0:0]
-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-A
-A KUBE-SVC-A -p tcp -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.244.1.2:8080
-A KUBE-SVC-A -p tcp -j DNAT --to-destination 10.244.2.2:8080
-A POSTROUTING -d 10.244.2.2/32 -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -d 10.9.0.0/16 -j DROP
-A FORWARD -d 10.8.0.0/16 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`

/** A host whose pings get another identifier, and errors about them that nobody translates back. */
export const PING_RENAMED = `apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: lab}
spec: {nodes: 1, cni: none, kubeProxy: {mode: none}, dns: none, apiServer: none}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: a}
spec:
  network: lan
  ip: 172.18.0.31
  setup: |
    iptables -t raw -A PREROUTING -p icmp -j NOTRACK
    iptables -t nat -A POSTROUTING -p icmp -j MASQUERADE --random-fully
    ip route add 10.9.0.0/24 via 172.18.0.32
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: b}
spec:
  network: lan
  ip: 172.18.0.32
  setup: |
    sysctl -w net.ipv4.ip_forward=1
    ip route add unreachable 10.9.0.0/24
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: others}
spec: {from: host/a, to: "ping 10.9.0.1"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: plain}
spec: {on: host/a, run: "iptables -t raw -F; iptables -t nat -F"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: own}
spec: {from: host/a, to: "ping 10.9.0.2"}
`
