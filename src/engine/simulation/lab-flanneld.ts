/** Python of a lab: flanneld's udp proxy on a real TUN device. Follows process/flanneld.ts. */
export const LAB_FLANNELD = String.raw`
import fcntl, ipaddress

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000

def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def with_ttl(packet, ttl):
    head = packet[:8] + bytes([ttl]) + packet[9:10] + b"\0\0" + packet[12:20]
    return head[:10] + struct.pack(">H", checksum(head)) + packet[12:20] + packet[20:]

def net_unreachable(address, packet):
    quoted = packet[:28]
    icmp = struct.pack(">BBHI", 3, 0, 0, 0) + quoted
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 8, 1, 0, socket.inet_aton(address), packet[12:16])
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + icmp

def carry(world, sock, config):
    """Packets of the TUN device go to the node that has the lease, as the load of a UDP packet; what comes so is written to the device."""
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", config["device"].encode(), IFF_TUN | IFF_NO_PI))
    leases = [(ipaddress.ip_network(l["subnet"]), (l["address"], l["port"])) for l in config["leases"]]
    def tun_to_udp():
        packet = os.read(tun, 65536)
        if packet[0] >> 4 != 4:
            return
        destination = ipaddress.ip_address(packet[16:20])
        to = next((to for subnet, to in leases if destination in subnet), None)
        if to is None:
            os.write(tun, net_unreachable(config["address"], packet))
        elif packet[8] > 1:
            sock.sendto(with_ttl(packet, packet[8] - 1), to)
    def udp_to_tun():
        packet = sock.recv(65536)
        if packet[8] > 1:
            os.write(tun, with_ttl(packet, packet[8] - 1))
    def quiet(step):
        def run():
            try:
                step()
            except OSError:
                pass
        return run
    world.watch(tun, quiet(tun_to_udp))
    world.watch(sock, quiet(udp_to_tun))
`
