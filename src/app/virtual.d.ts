/** Made by vite.config.ts: the scenario of a first visit with the engine's answer to it. */
declare module 'virtual:first-picture' {
  const picture: {
    readonly text: string
    readonly topology: import('../engine/simulation/topology.ts').Topology
    readonly documents: readonly import('../engine/kubernetes/scenario.ts').DocumentInfo[]
    readonly walks: readonly import('../protocol/messages.ts').WalkSummary[]
  }
  export default picture
}
