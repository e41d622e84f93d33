/** Where a rule, route, device or process comes from: the way back to the user's text. */
export interface Origin {
  /** Component that wrote the command: 'kube-proxy', 'cni/bridge', 'kubelet', 'cloud/internet-gateway', 'script' … */
  readonly component: string
  /** The Kubernetes object it was written for, e.g. 'service/default/web'; null for none. */
  readonly object: string | null
  /** 1-based line of the scenario text: of a Script the command's, otherwise the object's first; null where it comes from no text. */
  readonly line: number | null
  /** The command line that created it. */
  readonly command: string | null
}

/** Origins by 1-based line of a text; undefined: that of the text. */
export interface LineOrigins {
  get(line: number): Origin | undefined
}
