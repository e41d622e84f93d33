/** Python of a lab: resolving names, and the clients' fixed exchange. Follows process/{resolver,curl,nc,ping,dig}.ts. */
export const LAB_CLIENTS = String.raw`
def read(path):
    try:
        return open(path).read()
    except OSError:
        return ""

class Unresolved(Exception):
    pass

def ask_dns(server, name, types, patience):
    """The answers to all questions, asked at once from one socket, as glibc does: (rcode, addresses)."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 53))
    with asking:
        for i, qtype in enumerate(types):
            sock.send(struct.pack(">HHHHHH", i, 0x0100, 1, 0, 0, 0) + dns_wire(name) + struct.pack(">HH", qtype, 1))
    found, rcodes, end = [], [], time.monotonic() + patience
    for _ in types:
        sock.settimeout(max(0.001, end - time.monotonic()))
        answer = sock.recv(65536)
        rcodes.append(answer[3] & 15)
        _, at = dns_name(answer, 12)
        at += 4
        for _ in range(struct.unpack(">H", answer[6:8])[0]):
            while answer[at] and answer[at] < 192:
                at += 1 + answer[at]
            at += 2 if answer[at] else 1
            rtype, _, _, length = struct.unpack(">HHIH", answer[at:at + 10])
            if rtype == 1 and 1 in types:
                found.append(socket.inet_ntoa(answer[at + 10:at + 14]))
            elif rtype in types:
                found.append("")
            at += 10 + length
    return rcodes, found

def resolve(host, etc, types=(1, 28)):
    """glibc's stub resolver: /etc/hosts, then the search list. Returns address and the server that answered."""
    for line in read(etc + "/hosts").splitlines():
        words = line.split()
        if host in words[1:]:
            return words[0], None
    if re.match(r"^\d+\.\d+\.\d+\.\d+$", host):
        return host, None
    servers, search, ndots, patience, attempts = [], [], 1, 5, 2
    for line in read(etc + "/resolv.conf").splitlines():
        words = line.split()
        if words[:1] == ["nameserver"]:
            servers.append(words[1])
        elif words[:1] == ["search"]:
            search = words[1:]
        elif words[:1] == ["options"]:
            for word in words[1:]:
                key, _, value = word.partition(":")
                if key == "ndots": ndots = int(value)
                if key == "timeout": patience = int(value)
                if key == "attempts": attempts = int(value)
    if not servers:
        raise Unresolved("no nameserver")
    listed = [host + "." + s for s in search]
    names = [host] if host.endswith(".") else [host] + listed if host.count(".") >= ndots else listed + [host]
    no_data, why, at = False, "NXDOMAIN", 0
    while at < len(names):
        answered = None
        for attempt in range(attempts):
            for server in servers:
                try:
                    answered = ask_dns(server, names[at], types, patience)
                except socket.timeout:
                    why = "ETIMEDOUT"
                except OSError as e:
                    why = errno.errorcode.get(e.errno, str(e))
                if answered and not any(r in (2, 4, 5) for r in answered[0]):
                    break
            if answered and not any(r in (2, 4, 5) for r in answered[0]):
                break
        if answered is None:
            if why != "ECONNREFUSED" and names[at] != host and host in names[at:]:
                at = names.index(host)
                continue
            raise Unresolved(why)
        if answered[1]:
            return answered[1][0], server
        why = "REFUSED" if 5 in answered[0] else "SERVFAIL" if 2 in answered[0] else "NXDOMAIN"
        no_data = no_data or 0 in answered[0]
        at += 1
    raise Unresolved("NODATA" if no_data else why)

def failed(e, established=False):
    """What the sender of a walk experiences, by errno."""
    name = "ETIMEDOUT" if isinstance(e, socket.timeout) else errno.errorcode.get(e.errno, str(e))
    # A RST that comes before connect() has returned: only a connection that was established can be reset.
    if established or name == "ECONNRESET":
        outcome = "reset" if name in ("ECONNRESET", "ECONNREFUSED", "EPIPE") else "stalled"
    else:
        outcome = {"ECONNREFUSED": "refused", "ETIMEDOUT": "timeout"}.get(name, "rejected")
    return {"outcome": outcome, "reason": name}

def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff

# Is it certain that nothing more will come? Never, unless the lab's probe watches the wires.
hopeless = lambda: False

def receive(sock, patience):
    """recv() that waits no longer than anything can still come."""
    end = time.monotonic() + patience
    while True:
        sock.settimeout(max(0.001, min(0.1, end - time.monotonic())))
        try:
            return sock.recv(65536)
        except socket.timeout:
            if time.monotonic() >= end or hopeless():
                raise

def ping(address, patience):
    try:
        # As ping(8): what routing says, before anything is sent.
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.connect((address, 1025))
        source = probe.getsockname()[0]
        probe.close()
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
        sock.setsockopt(socket.SOL_IP, 11, 1)  # IP_RECVERR
        ident = os.getpid() * 7 + int(time.monotonic() * 1000) & 0xffff
        body = bytes(range(56))
        request = struct.pack(">BBHHH", 8, 0, 0, ident, 1) + body
        sock.sendto(request[:2] + struct.pack(">H", checksum(request)) + request[4:], (address, 0))
    except OSError as e:
        return failed(e)
    end = time.monotonic() + patience
    while time.monotonic() < end and not hopeless():
        poll = select.poll()
        poll.register(sock, select.POLLIN | select.POLLERR)
        for _, event in poll.poll(max(1, min(100, (end - time.monotonic()) * 1000))):
            if event & select.POLLERR:
                try:
                    about, ancillary, _, target = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
                except OSError as e:
                    return failed(e)
                for level, kind, data in ancillary:
                    if level == socket.SOL_IP and kind == 11:
                        code, origin, icmp_type, icmp_code = struct.unpack("=IBBB", data[:7])
                        # As ping(8): a raw socket is told of every echo request between its addresses, is_ours() tells its own.
                        if origin == 2 and (target[0], about[:1], about[4:6]) != (address, b"\x08", struct.pack(">H", ident)):
                            continue
                        result = failed(OSError(code, ""))
                        if origin == 2:
                            result["icmp"] = {"from": socket.inet_ntoa(data[20:24]), "type": icmp_type, "code": icmp_code}
                        return result
            else:
                try:
                    packet, peer = sock.recvfrom(65536)
                except OSError as e:
                    return failed(e)
                message = packet[(packet[0] & 15) * 4:]
                if message[0] == 0 and message[4:8] == struct.pack(">HH", ident, 1):
                    return {"outcome": "delivered", "answeredFrom": peer[0]}
    return {"outcome": "timeout", "reason": "ETIMEDOUT"}

def answer_of(text):
    """Who says that it answers, and whom it saw."""
    server = re.search(r"^server: (\S+)$", text, re.M) or re.match(r"(\S+) to ", text)
    client = re.search(r"^client: (\S+):\d+$", text, re.M) or re.match(r"\S+ to (\S+):\d+: ", text)
    return {"server": server and server.group(1), "seenFrom": client and client.group(1)}

def exchange(walk, etc):
    if walk["kind"] == "dns":
        try:
            _, server = resolve(walk["host"], etc, (int(walk["request"]),))
            return {"outcome": "delivered", "answeredFrom": server}
        except Unresolved as e:
            return {"outcome": "unresolved", "reason": str(e)}
    try:
        address, _ = resolve(walk["host"], etc, (1,) if walk["kind"] == "ping" else (1, 28))
    except Unresolved as e:
        return {"outcome": "unresolved", "reason": str(e)}
    if walk["kind"] == "ping":
        return ping(address, walk["timeout"])
    stream = walk["kind"] != "udp"
    established = False
    kind, protocol = SOCKET_KIND["tcp" if walk["kind"] == "http" else walk["kind"]]
    sock = socket.socket(socket.AF_INET, kind, protocol)
    try:
        if not stream:
            sock.setsockopt(socket.SOL_IP, 11, 1)  # IP_RECVERR: every ICMP error counts
        sock.settimeout(walk["timeout"])
        sock.connect((address, walk["port"]))
        established = stream
        peer = sock.getpeername()[0]
        sock.send(walk["request"].encode())
        answer = receive(sock, walk["timeout"])
        if not answer:
            return {"outcome": "reset", "reason": "EOF"}
        # Closed, not only shut down: what is still to come finds a socket without an owner.
        return dict(answer_of(answer.decode(errors="replace")), outcome="delivered", answeredFrom=peer)
    except OSError as e:
        return failed(e, established)
    finally:
        sock.close()
`
