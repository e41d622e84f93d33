/**
 * The userspace of a lab: one Python 3 program (standard library only) that plays servers, clients and DNS in real network
 * namespaces. It follows the same fixed exchange as `process/`: connect, request, reply, the client closes, the server
 * closes on EOF; over UDP one question and one answer.
 */
export const LAB_AGENT = String.raw`
import errno, json, os, re, select, socket, struct, subprocess, sys, threading, time

def reply_for(owner, port, peer, asked):
    body = json.dumps({"server": "%s:%d" % (owner, port), "client": peer})
    if asked.startswith((b"GET ", b"HEAD ", b"POST ")):
        return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)).encode()
    return body.encode()

def serve_tcp(sock, owner, port):
    def talk(conn, peer):
        try:
            asked = conn.recv(65536)
            if asked:
                conn.sendall(reply_for(owner, port, peer[0], asked))
                while conn.recv(65536):
                    pass
        except OSError:
            pass
        conn.close()
    while True:
        conn, peer = sock.accept()
        threading.Thread(target=talk, args=(conn, peer), daemon=True).start()

def serve_udp(sock, owner, port, answer):
    while True:
        asked, peer = sock.recvfrom(65536)
        try:
            sock.sendto(answer(asked, peer), peer)
        except OSError:
            pass

def dns_name(data, at):
    labels = []
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    return ".".join(labels), at + 1

def dns_answer(names, asked):
    # Both questions of a client are on their way before the first answer is.
    time.sleep(0.02)
    name, at = dns_name(asked, 12)
    qtype, = struct.unpack(">H", asked[at:at + 2])
    entry = names.get(name.lower())
    addresses = entry if entry and qtype == 1 else []
    rcode = 0 if entry is not None else 3
    head = asked[:2] + struct.pack(">HHHHH", 0x8580 | rcode, 1, len(addresses), 0, 0)
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 30, 4) + socket.inet_aton(a) for a in addresses)
    return head + asked[12:at + 4] + records

def serve(programs):
    for p in programs:
        for l in p["listen"]:
            kind = socket.SOCK_STREAM if l["protocol"] == "tcp" else socket.SOCK_DGRAM
            sock = socket.socket(socket.AF_INET, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((l["address"] or "0.0.0.0", l["port"]))
            if kind == socket.SOCK_STREAM:
                sock.listen(64)
                target, args = serve_tcp, (sock, p["owner"], l["port"])
            else:
                if p["names"] is not None:
                    answer = lambda asked, peer, names=p["names"]: dns_answer(names, asked)
                else:
                    answer = lambda asked, peer, owner=p["owner"], port=l["port"]: reply_for(owner, port, peer[0], asked)
                target, args = serve_udp, (sock, p["owner"], l["port"], answer)
            threading.Thread(target=target, args=args, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()

def read(path):
    try:
        return open(path).read()
    except OSError:
        return ""

class Unresolved(Exception):
    pass

def ask_dns(server, name):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.connect((server, 53))
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    # As glibc does: A and AAAA at once from one socket.
    questions = [labels + struct.pack(">HH", qtype, 1) for qtype in (1, 28)]
    messages = [struct.pack(">HHHHHH", i, 0x0100, 1, 0, 0, 0) + q for i, q in enumerate(questions)]
    for message in messages:
        sock.send(message)
    found = []
    for _ in messages:
        answer = sock.recv(65536)
        at = 12 + len(labels) + 4
        for _ in range(struct.unpack(">H", answer[6:8])[0]):
            at += 2
            rtype, _, _, length = struct.unpack(">HHIH", answer[at:at + 10])
            if rtype == 1:
                found.append(socket.inet_ntoa(answer[at + 10:at + 14]))
            at += 10 + length
    return found

def resolve(host, hosts, resolv_conf):
    for line in hosts.splitlines():
        words = line.split()
        if host in words[1:]:
            return words[0]
    try:
        socket.inet_aton(host)
        if host.count(".") == 3:
            return host
    except OSError:
        pass
    server, search, ndots = None, [], 1
    for line in resolv_conf.splitlines():
        words = line.split()
        if words[:1] == ["nameserver"] and server is None:
            server = words[1]
        elif words[:1] == ["search"]:
            search = words[1:]
        elif words[:1] == ["options"]:
            for word in words[1:]:
                if word.startswith("ndots:"):
                    ndots = int(word[6:])
    if server is None:
        raise Unresolved("no nameserver")
    plain = host.rstrip(".")
    names = [plain + "." + s for s in search]
    if host.endswith("."):
        names = [plain]
    elif host.count(".") >= ndots:
        names = [plain] + names
    else:
        names = names + [plain]
    for name in names:
        found = ask_dns(server, name)
        if found:
            return found[0]
    raise Unresolved("NXDOMAIN")

ERRNO_OUTCOME = {"ECONNREFUSED": "refused", "ECONNRESET": "reset", "ETIMEDOUT": "timeout"}

def exchange(walk):
    address = resolve(walk["host"], read(walk["etc"] + "/hosts"), read(walk["etc"] + "/resolv.conf"))
    if walk["kind"] == "ping":
        run = subprocess.run(["ping", "-n", "-c", "1", "-W", "3", address], capture_output=True, text=True)
        answered = re.search(r"bytes from ([0-9.]+)", run.stdout)
        if answered:
            return {"outcome": "delivered", "answeredFrom": answered.group(1)}
        return {"outcome": "rejected" if "Unreachable" in run.stdout or "exceeded" in run.stdout else "timeout", "text": run.stdout}
    stream = walk["kind"] in ("tcp", "http")
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
    sock.settimeout(walk["timeout"])
    sock.connect((address, walk["port"]))
    peer = sock.getpeername()[0]
    if walk["kind"] == "http":
        asked = "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (walk["path"], walk["host"])
    else:
        asked = "hello\n"
    sock.send(asked.encode())
    try:
        answer = sock.recv(65536)
    except socket.timeout:
        return {"outcome": "stalled" if stream else "timeout"}
    body = json.loads(answer[answer.index(b"{"):])
    if stream:
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    result = {"outcome": "delivered", "server": body["server"], "seenFrom": body["client"], "answeredFrom": peer}
    sock.close()
    return result

def walk(spec):
    try:
        result = exchange(spec)
    except Unresolved as e:
        result = {"outcome": "unresolved", "reason": str(e)}
    except socket.timeout:
        result = {"outcome": "timeout", "reason": "ETIMEDOUT"}
    except OSError as e:
        name = errno.errorcode.get(e.errno, str(e))
        result = {"outcome": ERRNO_OUTCOME.get(name, "rejected"), "reason": name}
    print(json.dumps(result), flush=True)

if sys.argv[1] == "serve":
    serve(json.loads(sys.argv[2]))
else:
    walk(json.loads(sys.argv[2]))
`
