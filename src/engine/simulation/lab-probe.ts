/**
 * Python of a lab: what `--probe` adds. One packet socket a namespace hears every interface of it, as one tcpdump for each would; the kernel
 * says in which direction a frame went and when. At the end the tables of each namespace.
 */
export const LAB_PROBE = String.raw`
DIRECTIONS = {0: "in", 1: "in", 2: "in", 3: "other", 4: "out"}
TABLES = {
    "rules": ["iptables-save", "-c"],
    "conntrack": ["conntrack", "-L"],
    "neighbours": ["ip", "-4", "neigh", "show", "nud", "all"],
    "fdb": ["bridge", "fdb", "show"],
    "links": ["ip", "-o", "link"],
    "ipsets": ["ipset", "save"],
    "ipvs": ["ipvsadm", "-Ln", "--stats", "--exact"],
    "ipvsConnections": ["ipvsadm", "-Lnc"],
}

def with_vlan(data, ancillary):
    """The kernel keeps a VLAN tag beside the frame (struct tpacket_auxdata, TP_STATUS_VLAN_VALID)."""
    for level, kind, aux in ancillary:
        if level == 263 and kind == 8 and struct.unpack_from("=I", aux)[0] & 16:
            tci, tpid = struct.unpack_from("=HH", aux, 16)
            return data[:12] + struct.pack(">HH", tpid, tci) + data[12:]
    return data

class Captures:
    """Every frame at every interface: (time in ns, interface, direction, bytes)."""
    def __init__(self, world, plan):
        self.world, self.plan, self.frames, self.links = world, plan, {}, {}
        self.sockets, self.asked, self.gone = {}, {}, set()
        self.tables_asked = {name: words for name, words in TABLES.items() if name in plan["tables"]}
        for netns in sorted(os.listdir("/run/netns")):
            if not netns.startswith("net-"):
                self.begin(netns)

    def begin(self, netns):
        enter(netns)
        # One of the same name may have been here before: what was seen of it is kept.
        self.gone.discard(netns)
        self.links[netns] = self.links.get(netns, "") + self.ask(["ip", "-o", "link"])
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
        sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
        sock.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        sock.setsockopt(263, 8, 1)  # PACKET_AUXDATA
        sock.setblocking(False)
        self.frames.setdefault(netns, [])
        self.sockets[netns] = sock, os.open("/proc/thread-self/net/tcp", os.O_RDONLY)
        self.world.watch(sock, lambda: self.hear(sock, netns))

    def end(self, netns):
        """Lets go of a namespace that is about to be deleted; its frames are kept."""
        sock, connections = self.sockets.pop(netns)
        self.world.forget(sock)
        os.close(connections)
        self.gone.add(netns)

    def waiting(self):
        """Is a TCP socket about to send something again, or a neighbour asked for that has not answered?"""
        now = time.monotonic()
        if any(now - when < self.plan["resolveMs"] / 1000 for when in list(self.asked.values())):
            return True
        for _, fd in list(self.sockets.values()):
            for line in os.pread(fd, 1 << 20, 0).decode().splitlines()[1:]:
                words = line.split()
                # Timers: 01 retransmits, 04 probes a window. States: 02 SYN_SENT, 03 SYN_RECV.
                if words[5][:2] in ("01", "04") or words[3] in ("02", "03"):
                    return True
        return False

    def note_arp(self, netns, interface, direction, data):
        if data[12:14] != b"\x08\x06":
            return
        if direction == "out" and data[21] == 1:
            self.asked[netns, interface, data[38:42]] = time.monotonic()
        elif direction == "in" and data[21] == 2:
            self.asked.pop((netns, interface, data[28:32]), None)

    def hear(self, sock, netns):
        frames = self.frames[netns]
        while True:
            try:
                data, ancillary, _, address = sock.recvmsg(65536, 128)
            except OSError:
                return
            self.world.last_frame = time.monotonic()
            stamp = next((struct.unpack("=qq", d) for level, kind, d in ancillary if kind == 35), (0, 0))
            data = with_vlan(data, ancillary)
            # Interfaces without a link layer give the IP packet.
            ethernet = address[3] not in (65534, 768, 776, 778)
            frames.append((stamp[0] * 10**9 + stamp[1], address[0], DIRECTIONS[address[2]], ethernet, data))
            if ethernet and len(data) >= 42:
                self.note_arp(netns, address[0], DIRECTIONS[address[2]], data)

    def ask(self, words):
        done = subprocess.run(words, capture_output=True, text=True)
        return done.stdout

    def counters(self):
        """The rules' counters in every namespace that has some, and its connections."""
        result = {}
        for netns in self.sockets:
            enter(netns)
            rules = self.ask(TABLES["rules"])
            if "-A " in rules:
                result[self.plan["names"].get(netns, netns)] = rules + self.ask(TABLES["conntrack"])
        return result

    def time_of(self, stamp, starts):
        """Since the first step, ms."""
        return round((stamp - starts[0][0]) / 1e6, 3) if starts else 0

    def tables(self, starts):
        result = {}
        for netns, frames in self.frames.items():
            tables = {}
            if netns not in self.gone:
                enter(netns)
                tables = {name: self.ask(words) for name, words in self.tables_asked.items() if name != "ipvs"}
            tables["linksBefore"] = self.links[netns]
            tables["captures"] = self.captures(frames, starts)
            result[self.plan["names"].get(netns, netns)] = tables
        if "ipvs" in self.tables_asked:
            # ip_vs_est.c: statistics are what the last estimate found, and there is one every two seconds.
            time.sleep(max(0, self.world.last_frame + 2.5 - time.monotonic()))
            for netns in sorted(set(self.frames) - self.gone):
                enter(netns)
                result[self.plan["names"].get(netns, netns)]["ipvs"] = self.ask(TABLES["ipvs"])
        return result

    def captures(self, frames, starts):
        """By interface; "walk" is the index of the walk it belongs to, null for frames of Scripts."""
        by_interface = {}
        for stamp, interface, direction, ethernet, data in frames:
            walk = None
            for start, index in starts:
                if start <= stamp:
                    walk = index
            frame = {"walk": walk, "timeMs": self.time_of(stamp, starts), "direction": direction, "bytes": data.hex()}
            if not ethernet:
                frame["link"] = "none"
            by_interface.setdefault(interface, []).append(frame)
        if self.plan["text"]:
            for captured in by_interface.values():
                self.describe(captured)
        return by_interface

    def describe(self, captured):
        """What tcpdump says of each frame."""
        linktype = 101 if "link" in captured[0] else 1
        pcap = struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65536, linktype)
        for frame in captured:
            data, ms = bytes.fromhex(frame["bytes"]), max(0, frame["timeMs"])
            pcap += struct.pack("=IIII", int(ms // 1000), int(ms % 1000 * 1000), len(data), len(data)) + data
        done = subprocess.run(["tcpdump", "-n", "-e", "-t", "-r", "-"], input=pcap, capture_output=True)
        for frame, text in zip(captured, done.stdout.decode(errors="replace").splitlines()):
            frame["text"] = text
`
