/** Documents to begin with. `«1:web»` is a place to fill in: the number says in which order, the same number the same words. */
import type { TextChange } from '../../engine/kubernetes/diagnostic.ts'
import type { DocumentInfo } from '../../engine/kubernetes/scenario.ts'
import { appState } from './store.ts'
import { lineAt, offsetOfLine } from './text.ts'

export interface Snippet {
  readonly name: string
  readonly says: string
  readonly kind: string
  /** The first place is the document's name. */
  readonly text: string
}

const service = (name: string, says: string, spec: string): Snippet => ({
  name: `Service, ${name}`,
  says,
  kind: 'Service',
  text: `apiVersion: v1
kind: Service
metadata:
  name: «1:web»
spec:
${spec}`,
})

const ours = (kind: string, says: string, spec: string): Snippet => ({
  name: kind,
  says,
  kind,
  text: `apiVersion: packetwalk.dev/v1alpha1
kind: ${kind}
${spec}`,
})

const PORTS = `  selector:
    app: «2:web»
  ports:
    - port: «3:80»
      targetPort: «4:80»
`

/** Offered where a document begins, and by the command menu. */
export const SNIPPETS: readonly Snippet[] = [
  {
    name: 'Pod',
    says: 'one that listens on port 80',
    kind: 'Pod',
    text: `apiVersion: v1
kind: Pod
metadata:
  name: «1:web»
  labels:
    app: «2:web»
spec:
  containers:
    - name: «3:main»
      image: «4:nginx»
      ports:
        - containerPort: «5:80»
`,
  },
  {
    name: 'Deployment',
    says: 'two pods of one kind',
    kind: 'Deployment',
    text: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: «1:web»
spec:
  replicas: «2:2»
  selector:
    matchLabels:
      app: «3:web»
  template:
    metadata:
      labels:
        app: «3:web»
    spec:
      containers:
        - name: «4:main»
          image: «5:nginx»
          ports:
            - containerPort: «6:80»
`,
  },
  service('ClusterIP', 'an address inside of the cluster', PORTS),
  service('NodePort', 'a port of every node', `  type: NodePort\n${PORTS}      nodePort: «5:30080»\n`),
  service('LoadBalancer', 'an address outside', `  type: LoadBalancer\n${PORTS}`),
  service('headless', 'a name for the pods’ own addresses', `  clusterIP: None\n${PORTS}`),
  service('ExternalName', 'an alias of another name', '  type: ExternalName\n  externalName: «2:example.com»\n'),
  service('without selector', 'its endpoints are written by hand', '  ports:\n    - port: «2:80»\n'),
  {
    name: 'EndpointSlice',
    says: 'endpoints of a Service without selector',
    kind: 'EndpointSlice',
    text: `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: «1:web-1»
  labels:
    kubernetes.io/service-name: «2:web»
addressType: IPv4
endpoints:
  - addresses:
      - «3:172.18.0.50»
ports:
  - port: «4:80»
`,
  },
  ours('Walk', 'a packet’s way from one to another', 'metadata:\n  name: «1:walk»\nspec:\n  from: «2:pod/web»\n  to: «3:http://web/»\n'),
  ours('Script', 'commands on a machine', 'metadata:\n  name: «1:fault»\nspec:\n  on: «2:node/worker-1»\n  run: |\n    «3:ip route»\n'),
  ours(
    'Cluster',
    'nodes, networks, CNI and kube-proxy',
    'metadata:\n  name: «1:cluster»\nspec:\n  nodes: «2:2»\n  cni: «3:bridge»\n  kubeProxy:\n    mode: «4:iptables»\n',
  ),
  ours(
    'Host',
    'a machine outside of the cluster',
    'metadata:\n  name: «1:office»\nspec:\n  network: «2:lan»\n  ip: «3:172.18.0.50»\n  listen: [«4:80/tcp»]\n',
  ),
]

/** The same with a name that no document of its kind has. */
export function withFreeName({ text, kind }: Snippet, documents: readonly DocumentInfo[]): string {
  const taken = new Set(documents.filter((one) => one.kind === kind).map(({ name }) => name))
  return text.replace(/«1:([^»]*)»/, (_, name: string) => {
    let free = name
    for (let n = 2; taken.has(free); n++) free = `${name}-${n}`
    return `«1:${free}»`
  })
}

/** As editors of the VS Code family take it. */
export function editorSnippet(text: string): string {
  return text.replaceAll(/«(\d+):([^»]*)»/g, (_, place: string, words: string) => `\${${place}:${words}}`)
}

/** The words of a snippet, its places filled in as they stand. */
export function plainSnippet(text: string): string {
  return text.replaceAll(/«\d+:([^»]*)»/g, '$1')
}

const SEPARATOR = /^---(?:\s|$)/

/** Puts a document behind the one that holds a line; into it when there is nothing in it. */
export function insertion(text: string, line: number, document: string): TextChange {
  const lines = text.split('\n')
  const isBetween = (one: string): boolean => SEPARATOR.test(one)
  const at = isBetween(lines[line - 1] ?? '') ? line + 1 : line
  const before = lines.slice(0, at - 1).findLastIndex(isBetween) + 1
  const next = lines.findIndex((one, index) => index >= at - 1 && isBetween(one))
  const end = next < 0 ? text.length : offsetOfLine(text, next + 1)
  const isEmpty = lines.slice(before, next < 0 ? lines.length : next).every((one) => /^\s*(?:#.*)?$/.test(one))
  const newline = end > 0 && text[end - 1] !== '\n' ? '\n' : ''
  return { from: end, to: end, insert: `${newline}${isEmpty ? '' : '---\n'}${document}` }
}

/** Writes a snippet behind the document under the cursor, and goes there. */
export function insertSnippet(snippet: Snippet): void {
  const { text, cursorLine, documents, edit, revealLine } = appState()
  const change = insertion(text, cursorLine, plainSnippet(withFreeName(snippet, documents)))
  edit([change])
  revealLine(lineAt(appState().text, change.from + change.insert.indexOf('apiVersion')))
}
