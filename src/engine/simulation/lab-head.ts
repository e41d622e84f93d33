/** The beginning of a lab script: what it needs is checked first, then everything else runs in namespaces of its own. */
import type { LabNeeds } from './lab-needs.ts'

/** The word that ends the script which runs inside. */
export const LAB_INSIDE = 'PACKETWALK_INSIDE'

/**
 * Up to the line after which the inner script begins; `LAB_INSIDE` ends that. The script must work from a pipe (`… | sudo bash`), so it never
 * reads itself: bash hands the inner script over as a here-document. The outer shell waits, and whatever happens to it takes the inside
 * along: every process there is in its pid namespace, every file on a tmpfs of its mount namespace.
 */
export function labHead(needs: LabNeeds): string {
  return `#!/usr/bin/env bash
# Written by packetwalk. Builds this scenario from real network namespaces, runs its walks, prints JSON, and leaves nothing behind.
# Needs root on Linux: sudo bash FILE, or: packetwalk lab SCENARIO | sudo bash
set -euo pipefail
refuse() { echo "packetwalk lab: $1" >&2; exit 3; }
[ "$(uname -s)" = Linux ] || refuse "needs Linux"
[ "$(id -u)" = 0 ] || refuse "needs root"
for tool in ${needs.tools.join(' ')}; do
  command -v $tool >/dev/null || refuse "$tool is not installed"
done
# A module that is on disk but not loaded would be loaded by its first use: a lab changes nothing on its machine.
disk=/lib/modules/$(uname -r)
missing=
for module in ${needs.modules.join(' ')}; do
  [ -e /sys/module/$module ] && continue
  file="/\${module//_/[-_]}[.]ko"
  if grep -qs "$file" "$disk/modules.dep" && ! grep -qs "$file" "$disk/modules.builtin"; then missing="$missing $module"; fi
done
[ -z "$missing" ] || refuse "kernel modules are not loaded: modprobe -a$missing"
setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc bash /dev/fd/3 3<<'${LAB_INSIDE}' &
${inside(needs)}`
}

/** Runs in the new namespaces, before anything of the scenario. */
function inside(needs: LabNeeds): string {
  return `set -euo pipefail
refuse() { echo "packetwalk lab: $1" >&2; exit 3; }
trap 'echo "packetwalk lab: failed: $BASH_COMMAND" >&2' ERR
# Commands write files: /run is new, and /etc a layer over the real one.
mount -t tmpfs packetwalk /run
mkdir -p /run/netns /run/lab /run/etc/upper /run/etc/work
layers=lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work
if ! grep -qw overlay /proc/filesystems || ! mount -t overlay packetwalk -o $layers /etc 2>/dev/null; then
  cp -a /etc/. /run/etc/upper
  mount --bind /run/etc/upper /etc
fi
mkdir -p /etc/netns
missing=
lacks() { iptables "$@" -h 2>&1 | grep -q "missing kernel module"; }
for kind in ${needs.devices.join(' ')}; do
  case $kind in
    veth) options="peer name probe1" ;;
    vxlan) options="id 1 dstport 8472 dev lo" ;;
    vlan) options="id 1 link lo" ;;
    ipip | gre) options="remote 192.0.2.1 local 192.0.2.2" ;;
    *) options= ;;
  esac
  if ip link add probe0 type $kind $options 2>/dev/null; then ip link del probe0; else missing="$missing $kind"; fi
done
[ -z "$missing" ] || refuse "this kernel has no such devices:$missing"
${needs.modules.includes('br_netfilter') ? '[ -e /proc/sys/net/bridge ] || missing="$missing br_netfilter"' : ''}
${needs.modules.includes('ip_vs') ? '[ -e /proc/net/ip_vs ] || missing="$missing ip_vs"' : ''}
${needs.modules.includes('sctp') ? '[ -e /proc/net/sctp ] || missing="$missing sctp"' : ''}
${needs.extensions.map((extension) => `lacks ${extension} && missing="$missing ${extension.slice(3)}"`).join('\n')}
[ -z "$missing" ] || refuse "this kernel has no support for:$missing"
in_ns() { local ns=$1; shift; nsenter --net=/run/netns/"$ns" -- "$@"; }
`
}

/** The end of the outer script. */
export const LAB_FOOT = `${LAB_INSIDE}
lab=$!
stop() { trap '' INT TERM HUP; kill -KILL $lab 2>/dev/null || true; wait $lab 2>/dev/null || true; exit $1; }
trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP
wait $lab && code=0 || code=$?
exit $code
`
