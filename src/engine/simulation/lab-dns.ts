/** Python of a lab: the DNS server, after process/coredns.ts. */
import { TOP_LEVEL } from '../net/public-name.ts'

export const LAB_DNS = String.raw`
# Held by a client between its questions: no answer overtakes the second one, however late its thread goes on.
asking = threading.Lock()

def dns_name(data, at):
    labels = []
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    return ".".join(labels) + ".", at + 1

def dns_wire(name):
    return b"".join(bytes([len(l)]) + l.encode() for l in name.rstrip(".").split(".") if l) + b"\0"

DNS_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33}
PUBLIC_NAME = re.compile(r"^([a-z0-9_-]+\.)+(${[...TOP_LEVEL].join('|')})\.$")

def dns_data(record):
    words = record["data"].split(" ")
    kind = record["type"]
    if kind == "A":
        return socket.inet_aton(words[0])
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, words[0])
    if kind == "SRV":
        return struct.pack(">HHH", *map(int, words[:3])) + dns_wire(words[3])
    if kind == "SOA":
        return dns_wire(words[0]) + dns_wire(words[1]) + struct.pack(">IIIII", *map(int, words[2:7]))
    if kind == "TXT":
        text = record["data"].strip('"').encode()
        return bytes([len(text)]) + text
    return dns_wire(words[0])

class Dns:
    """CoreDNS, as far as process/coredns.ts plays it: its own zones, a catch-all, or an upstream server."""
    def __init__(self, world, netns, config):
        self.world, self.netns = world, netns
        self.configure(config)

    def configure(self, config):
        self.config = config
        self.records = {}
        for r in config["records"]:
            self.records.setdefault(r["name"], []).append(r)

    def answer(self, asked, peer, send):
        name, at = dns_name(asked, 12)
        qtype, = struct.unpack(">H", asked[at:at + 2])
        found = self.look_up(name.lower(), qtype)
        if found is None:
            return self.forward(name.lower(), asked, send)
        rcode, authoritative, recursion, answers, authority = found
        target = answers[-1]["data"].lower() if answers and answers[-1]["type"] == "CNAME" else None
        if target and qtype != DNS_TYPES["CNAME"] and self.upstream(target) and not self.zones_of(target):
            question = asked[:at + 4]
            return self.forward(target, asked[:12] + dns_wire(target) + asked[at:at + 4], lambda reply: send(self.with_aliases(question, answers, reply)))
        flags = 0x8100 | (0x400 if authoritative else 0) | (0x80 if recursion else 0) | rcode
        reply = asked[:2] + struct.pack(">HHHHH", flags, 1, len(answers), len(authority), 0) + asked[12:at + 4]
        for r in answers + authority:
            data = dns_data(r)
            owner = b"\xc0\x0c" if r["name"] == name.lower() else dns_wire(r["name"])
            reply += owner + struct.pack(">HHIH", DNS_TYPES[r["type"]], 1, r["ttl"], len(data)) + data
        # Both questions of a client are on their way before the first answer is.
        self.world.later(0.02, lambda: self.send(send, reply))

    def zones_of(self, name):
        zones = [z for z in self.config["zones"] if self.holds(z, name)]
        longest = max(map(len, zones), default=0)
        # A server block of a longer zone takes the question first.
        return [] if any(self.holds(s["zone"], name) and len(s["zone"]) > longest for s in self.config.get("stubs", [])) else zones

    def holds(self, zone, name):
        return zone == "." or name == zone or name.endswith("." + zone)

    def upstream(self, name):
        own = sorted((s for s in self.config.get("stubs", []) if self.holds(s["zone"], name)), key=lambda s: len(s["zone"]))
        return own[-1]["upstream"] if own else self.config["upstream"]

    def with_aliases(self, question, aliases, reply):
        """The upstream's answers about the last alias, behind the aliases that led there."""
        _, at = dns_name(reply, 12)
        at += 4
        records = b"".join(dns_wire(r["name"]) + struct.pack(">HHIH", DNS_TYPES[r["type"]], 1, r["ttl"], len(dns_data(r))) + dns_data(r) for r in aliases)
        count, = struct.unpack(">H", reply[6:8])
        for _ in range(count):
            while reply[at] and reply[at] < 192:
                at += 1 + reply[at]
            at += 2 if reply[at] else 1
            length, = struct.unpack(">H", reply[at + 8:at + 10])
            records += dns_wire(aliases[-1]["data"]) + reply[at:at + 10 + length]
            at += 10 + length
        return reply[:4] + struct.pack(">HHHH", 1, len(aliases) + count, 0, 0) + question[12:] + records

    def send(self, send, reply):
        try:
            with asking:
                send(reply)
        except OSError:
            pass

    def forward(self, name, asked, send):
        enter(self.netns)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        def answered():
            try:
                self.send(send, sock.recv(65536))
            except OSError:
                self.send(send, asked[:2] + struct.pack(">H", 0x8182) + asked[4:])
            self.world.forget(sock)
        try:
            sock.connect((self.upstream(name), 53))
            sock.send(asked)
            self.world.watch(sock, answered)
        except OSError:
            self.send(send, asked[:2] + struct.pack(">H", 0x8182) + asked[4:])

    def soa(self, zone):
        ttl = self.config["ttl"]
        data = "a.root-servers.net. nstld.verisign-grs.com. 1 1800 900 604800 86400" if zone == "." else "ns.dns.%s hostmaster.%s 1 7200 1800 86400 %d" % (zone, zone, ttl)
        return {"name": zone, "type": "SOA", "ttl": ttl, "data": data}

    def look_up(self, name, qtype):
        c = self.config
        zones = sorted(self.zones_of(name), key=len)
        if not zones:
            if c["catchAll"] is None:
                return None if self.upstream(name) else (2 if c.get("unhandled") == "SERVFAIL" else 5, False, False, [], [])
            if not PUBLIC_NAME.match(name):
                return 3, False, True, [], [self.soa(".")]
            return 0, False, True, [{"name": name, "type": "A", "ttl": c["ttl"], "data": c["catchAll"]}] if qtype == 1 else [], []
        zone = zones[-1]
        answers, follow = [], name
        while True:
            own = self.records.get(follow, [])
            direct = [r for r in own if DNS_TYPES.get(r["type"]) == qtype]
            alias = [r for r in own if r["type"] == "CNAME"]
            answers += direct or alias[:1]
            if direct or not alias or len(answers) > 8:
                break
            follow = alias[0]["data"].lower()
        pod = self.pod(zone, name)
        if not answers and pod and qtype == 1:
            answers = [{"name": name, "type": "A", "ttl": c["ttl"], "data": pod}]
        if answers:
            return 0, True, False, answers, []
        exists = name in self.records or name in c["emptyNames"] or pod
        if not exists and self.upstream(name) and any(self.holds(z, name) for z in c.get("fallthrough", ["in-addr.arpa.", "ip6.arpa."])):
            return None
        return 0 if exists else 3, True, False, [], [self.soa(zone)]

    def pod(self, zone, name):
        c = self.config
        labels = name[:-len(".pod." + zone)].split(".") if name.endswith(".pod." + zone) else []
        if c["pods"] == "disabled" or len(labels) != 2 or labels[1] not in c["podAddresses"]:
            return None
        address = labels[0].replace("-", ".")
        if not re.match(r"^\d+\.\d+\.\d+\.\d+$", address):
            return None
        return address if c["pods"] == "insecure" or address in c["podAddresses"][labels[1]] else None
`
