/**
 * The English texts. Each entry gives one sentence in several lengths, the most telling first: `fitting` takes the first
 * that is short enough. Rules: present tense, the actor first, one fact, then at most one reason; no exclamation.
 */

/** Characters a sentence may have. */
export const MAX_SENTENCE = 110

/** The first candidate that fits; the shortest where names are so long that none does. Names keep their small letters. */
export function fitting(...candidates: readonly string[]): string {
  const chosen =
    candidates.find((text) => text.length <= MAX_SENTENCE) ??
    candidates.reduce((a, b) => (b.length < a.length ? b : a), candidates[0] ?? '')
  return chosen.startsWith('the ') ? `T${chosen.slice(1)}` : chosen
}

export const receive = {
  vethHost: (device: string, pod: string) => [`${device} receives what ${pod}'s eth0 sent: two ends of one cable.`],
  vethPod: (pod: string, what: string) => [
    `${pod}'s eth0 receives ${what} from the other end of its cable, on the node.`,
    `${pod}'s eth0 receives ${what} from its node.`,
  ],
  loopback: (who: string, what: string) => [`lo brings ${what} back in: ${who} talks to itself.`],
  nic: (who: string, device: string, what: string, network: string) => [
    `${who}'s ${device} receives ${what} from network ${network}.`,
    `${who}'s ${device} receives ${what}.`,
  ],
  other: (who: string, device: string, what: string) => [`${device} of ${who} receives ${what}.`, `${device} receives ${what}.`],
}

export const bridge = {
  local: (name: string) => [`The frame is addressed to ${name} itself, so it goes up to IP.`],
  forward: (name: string, port: string) => [`${name} knows this MAC on ${port} and sends the frame to that port only.`],
  floodUnknown: (name: string) => [`${name} has not learned this MAC yet. It floods the frame to every other port.`],
  floodBroadcast: (name: string, ports: readonly string[]) => [
    `${name} sends the broadcast to every other port: ${ports.join(', ')}.`,
    `${name} sends the broadcast to all its ${ports.length} other ports.`,
  ],
  floodNowhere: (name: string) => [`${name} has no other port to flood the frame to.`],
  notThere: (name: string) => [`${name} may not send the frame to the port that has this MAC.`],
}

export const hook = {
  natFirst: (name: string) => [`nat ${name} sees this packet because it is the first of its connection.`],
  bridged: (table: string, name: string) => [`br_netfilter shows the bridged frame to ${table} ${name}, as if it were routed.`],
  PREROUTING: (table: string) => [`${table} PREROUTING is asked first, before any route.`],
  INPUT: (table: string, who: string) => [
    `${table} INPUT is asked: the packet is for ${who} itself.`,
    `${table} INPUT is asked: the packet is for this machine.`,
  ],
  FORWARD: (table: string, from: string, to: string) => [`${table} FORWARD is asked: the packet passes from ${from} to ${to}.`],
  OUTPUT: (table: string, who: string) => [
    `${table} OUTPUT is asked: ${who} itself sends this packet.`,
    `${table} OUTPUT is asked: this machine sends the packet.`,
  ],
  POSTROUTING: (table: string, out: string) => [`${table} POSTROUTING is asked last, before the packet leaves by ${out}.`],
}

export const rule = {
  matches: (chain: string, index: number, condition: string, action: string) => [
    ...(condition === '' ? [] : [`${chain} rule ${index} matches ${condition}, and ${action}.`]),
    `${chain} rule ${index} matches and ${action}.`,
    `${chain} rule ${index} ${action}.`,
  ],
  unconditional: (chain: string, index: number, action: string) => [
    `${chain} rule ${index} matches every packet and ${action}.`,
    `${chain} rule ${index} ${action}.`,
  ],
  chance: (chain: string, index: number, odds: string, action: string) => [
    `${chain} rule ${index} is chosen with probability ${odds} and ${action}.`,
    `${chain} rule ${index} is chosen (${odds}) and ${action}.`,
    `Rule ${index} is chosen with probability ${odds} and ${action}.`,
  ],
  returns: (chain: string) => [`No rule of ${chain} decides. The calling chain goes on.`],
  policy: (table: string, chain: string, policy: string) => [`No rule of ${table} ${chain} decides, so its policy applies: ${policy}.`],
}

export const route = {
  default: (to: string, via: string, device: string) => [
    `No route names ${to}, so the default route applies: next hop ${via}.`,
    `The default route applies: next hop ${via} on ${device}.`,
  ],
  defaultOnLink: (to: string, device: string) => [`No route names ${to}, so the default route applies: straight out by ${device}.`],
  onLink: (to: string, whose: string) => [`${to} is on ${whose} own subnet. It needs no gateway.`],
  behind: (prefix: string, who: string, via: string, device: string) => [`${prefix} is behind ${who}: via ${via} on ${device}.`],
  via: (prefix: string, via: string, device: string) => [`The route to ${prefix} applies: via ${via} on ${device}.`],
  local: (to: string, who: string) => [
    `${to} is an address of ${who} itself, so the packet goes up to its sockets.`,
    `${to} is its own address, so the packet goes up to the sockets.`,
  ],
  virtual: (to: string, who: string, device: string) => [
    `${to} is an address of ${who} itself, on ${device}: the packet goes up to INPUT, where IPVS waits.`,
    `${to} is on ${device}: the packet goes up to INPUT, where IPVS waits.`,
  ],
  broadcast: (to: string) => [`${to} is a broadcast address.`],
  none: (who: string, to: string, error: string) => [`${who} has no route to ${to}: ${error}.`],
  stopped: (who: string, error: string) => [`${who} stops the packet where it looks for a route: ${error}.`],
  refused: (who: string, to: string, error: string) => [`A route of ${who} refuses ${to}: ${error}.`, `A route refuses ${to}: ${error}.`],
}

export const neighbour = {
  known: (who: string, address: string, mac: string) => [
    `${who} already knows the MAC address of ${address}: ${mac}.`,
    `The MAC address of ${address} is known: ${mac}.`,
  ],
  request: (who: string, address: string) => [`${who} asks everyone on its link: who has ${address}?`],
  retry: (who: string, address: string) => [
    `Nobody has answered yet. ${who} asks again: who has ${address}?`,
    `${who} asks again: who has ${address}?`,
  ],
  probe: (who: string, address: string) => [`${who} asks ${address} directly whether its MAC address still holds.`],
  answer: (who: string, address: string, mac: string) => [
    `${who} answers for its own address ${address}: ${mac}.`,
    `${who} answers for its own address: ${mac}.`,
  ],
  stranger: (address: string, mac: string) => [`Someone answers for ${address}: ${mac}.`],
  learn: (who: string, address: string, mac: string) => [`${who} learns the MAC address of ${address}: ${mac}.`],
  fail: (address: string) => [
    `Nobody answered three requests for ${address}. The next hop has no MAC address.`,
    `Nobody answered for ${address}. The next hop has no MAC address.`,
  ],
}

export const conntrack = {
  new: (what: string) => [`conntrack takes this for a new connection: ${what}.`, 'conntrack takes this for a new connection.'],
  established: () => ['conntrack knows this connection. No nat rule is asked again.'],
  reply: (who: string) => [
    `conntrack knows this packet as the reply to a connection that ${who} opened.`,
    'conntrack knows this packet as a reply.',
  ],
  related: () => ['conntrack relates this error to a connection it knows.'],
  invalid: () => ['conntrack cannot place this packet in any connection: INVALID.'],
  untracked: () => ['conntrack leaves this packet alone: a raw rule took it out of tracking.'],
}

export const nat = {
  destination: (to: string, name: string | null) => [
    ...(name === null ? [] : [`The destination becomes ${to}, ${name}. The source stays.`]),
    `The destination becomes ${to}. The source stays.`,
  ],
  source: (to: string, who: string) => [
    `The source becomes ${to}, so the answer will come back through ${who}.`,
    `The source becomes ${to}, so the answer will come back through this node.`,
  ],
  sourcePort: (to: string) => [`The source port changes: ${to}. Another connection has the old one.`],
  randomPort: (to: string) => [`The source port changes: ${to}. The rule asks for a random one.`],
  portOfRange: (to: string) => [`The source port changes: ${to}. The rule says which are allowed.`],
  sourceId: () => ['The identifier of the ping changes. Another ping has the old one.'],
  error: (side: string, to: string) => [`The error is translated with its connection: the ${side} becomes ${to}.`],
  replySource: (to: string, caller: string) => [
    `This is the reply. Its source goes back to ${to}, the address ${caller} called.`,
    `This is the reply. Its source goes back to ${to}, the address that was called.`,
  ],
  replyDestination: (to: string, name: string | null) => [
    ...(name === null ? [] : [`This is the reply. Its destination goes back to ${to}, ${name}.`]),
    `This is the reply. Its destination goes back to ${to}.`,
  ],
}

/** Why a scheduler of IPVS took this server. */
const SCHEDULER_WORDS: Readonly<Record<string, string>> = {
  rr: 'rr takes servers in turn',
  wrr: 'wrr takes servers in turn, by weight',
  lc: 'lc takes the one with the fewest connections',
  wlc: 'wlc takes the fewest connections by weight',
  sed: 'sed takes the shortest expected delay',
  nq: 'nq takes the first idle one',
  sh: "sh goes by the client's address",
  mh: "mh goes by the client's address",
  dh: 'dh goes by the address called',
  lblc: 'lblc keeps one server per address called',
  lblcr: 'lblcr keeps a set of servers per address called',
  fo: 'fo takes the highest weight',
  ovf: 'ovf takes the highest weight that has room',
}

export const ipvs = {
  scheduled: (scheduler: string, to: string) => [
    `IPVS gives the connection to ${to}: ${SCHEDULER_WORDS[scheduler] ?? scheduler}.`,
    `IPVS gives the connection to ${to} (${scheduler}).`,
  ],
  persistent: (to: string) => [`This client has been here before, so IPVS keeps it at ${to}.`, `IPVS keeps this client at ${to}.`],
  known: (to: string) => [`IPVS knows this connection: its server is ${to}.`],
  none: (service: string) => [`No real server of ${service} takes connections, so IPVS refuses this one.`],
}

export const forward = (who: string, before: number, after: number) => [`${who} forwards the packet: ttl ${before} becomes ${after}.`]

export const tunnel = {
  encap: (device: string, from: string, to: string, port: string) => [`${device} puts the packet into ${port} from ${from} to ${to}.`],
  decap: (ttl: number) => [`The outer header has done its work. The inner packet is as it was, ttl ${ttl}.`],
}

export const transmit = {
  veth: (device: string, pod: string) => [`${device} passes the frame through its cable to ${pod}'s eth0.`],
  pod: (pod: string, device: string, what: string) => [`${pod}'s ${device} passes ${what} through its cable to the node.`],
  loopback: (what: string) => [`lo takes ${what} and hands it straight back.`],
  nic: (who: string, device: string, what: string, network: string, to: string) => [
    `${who}'s ${device} sends ${what} onto network ${network}, to ${to}.`,
    `${who}'s ${device} sends ${what} onto network ${network}.`,
    `${device} sends ${what} onto network ${network}.`,
  ],
  other: (device: string, what: string) => [`${device} sends ${what}.`],
}

export const socket = {
  syn: (who: string, to: string, name: string | null, unowned: boolean) => [
    ...(unowned && name !== null
      ? [`${who} sends a SYN to ${to}, ${name}. No device owns that address.`, `${who} sends a SYN to ${to}. No device owns that address.`]
      : []),
    ...(name === null ? [] : [`${who} sends a SYN to ${to}, ${name}.`]),
    `${who} sends a SYN to ${to}.`,
  ],
  dnsAsk: (who: string, server: string, question: string) => [
    `DNS first: ${who} asks ${server} for ${question}.`,
    `${who} asks ${server} for ${question}.`,
  ],
  dnsAnswer: (who: string, question: string, answer: string) => [`${who} answers: ${question} is ${answer}.`, `${who} answers: ${answer}.`],
  dnsNoName: (who: string, question: string, rcode: string) => [
    `${who} answers: there is no ${question} (${rcode}).`,
    `${who} answers ${rcode}.`,
  ],
  dnsEmpty: (who: string, question: string) => [
    `${who} answers: ${question} exists, but has no such record.`,
    `${who} answers without a record.`,
  ],
  dnsAsked: (who: string, from: string, question: string) => [
    `${who} is asked by ${from} for ${question}.`,
    `${who} is asked for ${question}.`,
  ],
  dnsHears: (who: string, question: string, answer: string) => [`${who} learns that ${question} is ${answer}.`],
  dnsHearsNothing: (who: string, question: string) => [`${who} learns that there is no ${question}.`],
  says: (who: string, to: string, text: string) => [`${who} sends to ${to}: ${text}.`, `${who} sends: ${text}.`],
  send: (who: string, what: string, to: string) => [`${who} sends ${what} to ${to}.`],
  hears: (who: string, from: string, text: string) => [`${who} receives from ${from}: ${text}.`, `${who} receives: ${text}.`],
  receive: (who: string, what: string, from: string) => [`${who} receives ${what} from ${from}.`],
  accept: (who: string, port: string, client: string, note: string) => [
    `${who} accepts on port ${port}. It sees ${client} as the client${note}.`,
    `${who} accepts on port ${port}. It sees ${client} as the client.`,
  ],
  connected: (who: string, to: string) => [`${who} is connected to ${to}: the handshake is done.`],
  pinged: (who: string, from: string) => [`${who} receives a ping from ${from}. Its kernel answers.`],
  consumed: (who: string, what: string, from: string, detail: string) => [
    `${who} receives ${what} from ${from}: ${detail}.`,
    `${who} receives ${what}: ${detail}.`,
    `${who} receives ${what}.`,
  ],
  refuses: (who: string, port: string) => [`Nothing listens on port ${port} of ${who}. It answers with a RST.`],
  refusesUdp: (who: string, port: string) => [`Nothing listens on UDP port ${port} of ${who}. It answers port unreachable.`],
  refused: (who: string, to: string) => [`${who} learns that ${to} refuses the connection.`],
  refusedByError: (who: string, from: string, to: string) => [`${who} learns from ${from} that ${to} refuses the connection.`],
  retransmit: (who: string, what: string, to: string) => [`No answer yet. ${who} sends ${what} to ${to} again.`],
  timeout: (who: string, to: string) => [`${who} gives up: ${to} never answered.`],
  error: (who: string, error: string) => [`${who} gets the error ${error}.`],
  notes: (who: string, error: string) => [`${who} notes the error ${error} and goes on trying.`],
  close: (who: string, to: string) => [`${who} closes its connection to ${to}.`],
}

export const drop = {
  rule: (who: string, chain: string, index: number, verb: string) => [`${chain} rule ${index} on ${who} ${verb} the packet.`],
  ruleWhy: (who: string, chain: string, index: number, verb: string, why: string) => [
    `${chain} rule ${index} on ${who} ${verb} the packet: ${why}.`,
  ],
  policy: (who: string, chain: string) => [`${who} drops what no rule of ${chain} accepted.`],
  noEndpoints: (service: string, who: string) => [`Service ${service} has no endpoints, so ${who} rejects the packet.`],
  noSocket: (who: string, what: string) => [`Nothing listens on ${what} of ${who}.`],
  noRoute: (who: string, to: string) => [`${who} has no route to ${to}.`],
  noForwarding: (who: string, text: string) => [`${who} does not forward packets: ${text}.`],
  sysctl: (who: string, text: string) => [`A setting of ${who} forbids this packet: ${text}.`],
  neighbour: (to: string) => [`Nobody answered for ${to}. Without a MAC address the packet cannot leave.`],
  ttl: (who: string) => [`The packet has used up its hops: its ttl ends on ${who}.`],
  mtu: (device: string) => [`The packet is larger than ${device} can carry, and must not be cut.`],
  rpFilter: (who: string, from: string, device: string) => [
    `${who} would not answer ${from} through ${device}, so rp_filter drops the packet.`,
  ],
  ownSource: (who: string, from: string) => [`${from} is an address of ${who} itself, so it cannot come from outside.`],
  martian: (who: string, what: string) => [`${who} drops the packet: ${what} never travels between machines.`],
  otherHost: (who: string) => [`The frame is addressed to another MAC. ${who} ignores it.`],
  device: (who: string, text: string) => [`On ${who}, ${text}.`],
  noLink: (to: string) => [`No machine on this network has the MAC address of ${to}.`, 'No machine on this network has that MAC address.'],
  closed: (who: string) => [`${who} has already closed this connection.`],
  bridge: (text: string) => [`The frame goes nowhere: ${text}.`],
  other: (who: string, text: string) => [`${who} drops the packet: ${text}.`, `The packet ends here: ${text}.`],
}

export const unsupported = (what: string) => [`Packetwalk does not model ${what}. The walk stops here.`]
