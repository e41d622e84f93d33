/** The manifests that new shapes begin with: as short as they can be, and accepted by `kubectl apply` where the kind is Kubernetes' own. */

const labels = (pairs: Readonly<Record<string, string>>): string =>
  `{${Object.entries(pairs)
    .map(
      ([key, value]) =>
        `${key}: ${/^[A-Za-z][-\w.]*$/.test(value) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value) ? value : JSON.stringify(value)}`,
    )
    .join(', ')}}`

/** A Node document; everything else about it is chosen by the cluster. */
export function nodeText(name: string): string {
  return `apiVersion: v1
kind: Node
metadata:
  name: ${name}
`
}

/** A Pod that listens on port 80; `nodeName` null: the scheduler places it. */
export function podText(name: string, nodeName: string | null): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: ${labels({ app: name })}
spec:
${nodeName === null ? '' : `  nodeName: ${nodeName}\n`}  containers:
    - name: ${name}
      image: nginx
      ports:
        - containerPort: 80
`
}

/** A Deployment whose pods listen on port 80. */
export function deploymentText(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels: ${labels({ app: name })}
  template:
    metadata:
      labels: ${labels({ app: name })}
    spec:
      containers:
        - name: ${name}
          image: nginx
          ports:
            - containerPort: 80
`
}

/** `port`: what the Service is asked for; `targetPort` stands only where it differs. */
export function serviceText(
  name: string,
  namespace: string,
  {
    selector,
    ports,
  }: { selector: Readonly<Record<string, string>>; ports: readonly { port: number; targetPort: number; protocol: string }[] },
): string {
  const lines = ports.map(({ port, targetPort, protocol }) => {
    const rest = [
      ...(ports.length > 1 ? [`name: port-${port}`] : []),
      ...(targetPort === port ? [] : [`targetPort: ${targetPort}`]),
      ...(protocol === 'TCP' ? [] : [`protocol: ${protocol}`]),
    ]
    return [`    - port: ${port}`, ...rest.map((line) => `      ${line}`)].join('\n')
  })
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
${namespace === 'default' ? '' : `  namespace: ${namespace}\n`}spec:
  selector: ${labels(selector)}
  ports:
${lines.join('\n')}
`
}

/** A Host with one NIC on a network. */
export function hostText(name: string, network: string, ip: string): string {
  return `apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata:
  name: ${name}
spec:
  network: ${network}
  ip: ${ip}
  listen: [80/tcp]
`
}

/** A Network: a segment of its own. */
export function networkText(name: string, cidr: string): string {
  return `apiVersion: packetwalk.dev/v1alpha1
kind: Network
metadata:
  name: ${name}
spec:
  cidr: ${cidr}
`
}

/** A Script of some commands, one a line. */
export function scriptText(name: string, on: string, run: readonly string[]): string {
  return `apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata:
  name: ${name}
spec:
  on: ${on}
  run: |
${run.map((line) => `    ${line}`).join('\n')}
`
}

/** A Walk from one reference to a destination. */
export function walkText(name: string, from: string, to: string): string {
  return `apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata:
  name: ${name}
spec:
  from: ${from}
  to: ${to}
`
}

/** Lets nobody in but pods of the same label. */
export function networkPolicyText(name: string, namespace: string, selector: Readonly<Record<string, string>>): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
${namespace === 'default' ? '' : `  namespace: ${namespace}\n`}spec:
  podSelector:
    matchLabels: ${labels(selector)}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels: ${labels(selector)}
`
}

/** An Ingress that sends every path to one Service. */
export function ingressText(name: string, namespace: string, { service, port }: { service: string; port: number }): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
${namespace === 'default' ? '' : `  namespace: ${namespace}\n`}spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${service}
                port:
                  number: ${port}
`
}
