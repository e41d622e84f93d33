/** a – r1 – r2 – b: two routers in a row, the first with routes that lead nowhere. */
export const LINE_OF_ROUTERS = `apiVersion: packetwalk.dev/v1alpha1
kind: Network
metadata: {name: n1}
spec: {cidr: 10.1.0.0/24}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Network
metadata: {name: n2}
spec: {cidr: 10.2.0.0/24}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Network
metadata: {name: n3}
spec: {cidr: 10.3.0.0/24}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: a}
spec: {interfaces: [{network: n1, ip: 10.1.0.2}], setup: "ip route add default via 10.1.0.1"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: r1}
spec: {interfaces: [{network: n1, ip: 10.1.0.1}, {network: n2, ip: 10.2.0.1}], setup: "sysctl -w net.ipv4.ip_forward=1; ip route add 10.3.0.0/24 via 10.2.0.2; ip route add unreachable 10.7.0.0/24; ip route add prohibit 10.8.0.0/24; ip route add blackhole 10.9.0.0/24"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: r2}
spec: {interfaces: [{network: n2, ip: 10.2.0.2}, {network: n3, ip: 10.3.0.1}], setup: "sysctl -w net.ipv4.ip_forward=1; ip route add 10.1.0.0/24 via 10.2.0.1"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: b}
spec: {interfaces: [{network: n3, ip: 10.3.0.2}], setup: "ip route add default via 10.3.0.1", listen: [80/tcp]}
`
