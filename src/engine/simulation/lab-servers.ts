/** Python of a lab: entering namespaces, the servers, and the loop that runs them. Follows process/http-server.ts byte for byte. */
export const LAB_SERVERS = String.raw`
import ctypes, errno, heapq, json, os, re, select, selectors, socket, struct, subprocess, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)

def enter(netns):
    """Moves this thread into a namespace; the sockets it makes stay there."""
    with open("/run/netns/" + netns) as f:
        if libc.setns(f.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns " + netns)

class World(threading.Thread):
    """The servers, and what listens to the wires: one loop."""
    def __init__(self):
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.timers, self.count, self.last_frame, self.frames = [], 0, 0.0, []
        self.servers, self.dns = {}, {}

    def quiet_for(self):
        return time.monotonic() - self.last_frame

    def watch(self, sock, callback):
        self.selector.register(sock, selectors.EVENT_READ, callback)

    def forget(self, sock):
        self.selector.unregister(sock)
        sock.close()

    def stop(self, netns):
        self.dns.pop(netns, None)
        for sock in self.servers.pop(netns, []):
            self.forget(sock)

    def later(self, seconds, callback):
        self.count += 1
        heapq.heappush(self.timers, (time.monotonic() + seconds, self.count, callback))

    def run(self):
        while True:
            now = time.monotonic()
            while self.timers and self.timers[0][0] <= now:
                heapq.heappop(self.timers)[2]()
            wait = max(0, self.timers[0][0] - now) if self.timers else 0.5
            for key, _ in self.selector.select(min(wait, 0.5)):
                key.data()

# NAT may lead one server's answers to another: two that answer each other would never end.
ANSWER = re.compile(rb"\w+/\S+:\d+ to [\d.]+:\d+: ")

def reply_for(server, client, asked):
    if not re.match(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n", asked):
        # What NAT leads here out of a tunnel is no text.
        text = "" if b"\0" in asked else asked.decode(errors="replace")
        return ("%s to %s: %s%s" % (server, client, text, "" if text.endswith("\n") else "\n")).encode()
    method, target, _ = asked.decode().split(" ", 2)
    body = "server: %s\nclient: %s\nrequest: %s %s\n" % (server, client, method, target)
    head = "HTTP/1.1 200 OK\r\nServer: packetwalk\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
    return (head + ("" if method == "HEAD" else body)).encode()

def serve_stream(world, listener, server):
    """Answers the first data of each connection; closes when the client has closed."""
    def accept():
        try:
            conn, peer = listener.accept()
        except OSError:
            return
        def talk():
            try:
                asked = conn.recv(65536)
                if asked:
                    conn.sendall(reply_for(server, "%s:%d" % peer, asked))
                    return
            except OSError:
                pass
            world.forget(conn)
        world.watch(conn, talk)
    world.watch(listener, accept)

def serve_datagrams(world, sock, answer):
    """Answers from the address that was asked (IP_PKTINFO), as servers do that listen on all."""
    sock.setsockopt(socket.SOL_IP, 8, 1)
    def talk():
        try:
            asked, ancillary, _, peer = sock.recvmsg(65536, 64)
            own = next(data[4:8] for level, kind, data in ancillary if level == socket.SOL_IP and kind == 8)
            source = [(socket.SOL_IP, 8, struct.pack("=I4s4s", 0, own, bytes(4)))]
            answer(asked, peer, lambda reply: sock.sendmsg([reply], source, 0, peer))
        except OSError:
            pass
    world.watch(sock, talk)

SOCKET_KIND = {"tcp": (socket.SOCK_STREAM, 6), "udp": (socket.SOCK_DGRAM, 17), "sctp": (socket.SOCK_STREAM, 132)}

def serve(world, netns, programs):
    enter(netns)
    for p in programs:
        for l in p["listen"]:
            kind, protocol = SOCKET_KIND[l["protocol"]]
            sock = socket.socket(socket.AF_INET, kind, protocol)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((l["address"] or "0.0.0.0", l["port"]))
            world.servers.setdefault(netns, []).append(sock)
            server = "%s:%d" % (p["owner"], l["port"])
            if p["flanneld"] is not None:
                carry(world, sock, p["flanneld"])
            elif p["dns"] is not None and kind == socket.SOCK_DGRAM:
                dns = world.dns.setdefault(netns, Dns(world, netns, p["dns"]))
                serve_datagrams(world, sock, dns.answer)
            elif kind == socket.SOCK_DGRAM:
                serve_datagrams(world, sock, lambda asked, peer, send, server=server: ANSWER.match(asked) or send(reply_for(server, "%s:%d" % peer, asked)))
            else:
                sock.listen(64)
                serve_stream(world, sock, server)
`
