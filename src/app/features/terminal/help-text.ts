/** What `help` prints. */
export const HELP = `Commands run in the world of the moment on screen.
  look     ip addr, ip route, ip neigh, iptables-save -c, conntrack -L, ss -tan, bridge fdb, ipset list, ipvsadm -Ln, kubectl get pods …
  send     ping, curl, nc, dig, traceroute, mtr: in a world of their own, which is forgotten
  change   ip link set eth0 down, iptables -I …, sysctl -w …, tc qdisc …, kubectl delete pod …: the walk is taken again with it
  watch    tcpdump -i any -n: prints as the walk plays, until Ctrl C
Undo, keep as a Script, or forget the changes with the buttons above. clear empties the screen, history lists what was typed.
Up and Down recall lines, Tab completes. Esc, then Tab leaves the terminal; so does Shift Tab.
`
