#!/usr/bin/env bash
# run.sh [-t SECONDS] [-m MODULES] < SCRIPT
#
# Runs a bash script as root inside a User-Mode-Linux kernel, for what this machine's own kernel may lack: IPVS, IPIP, dummy devices …
# The guest sees this machine's files below a layer in its memory: whatever it writes is gone when it ends.
#   -t SECONDS  how long the script may take (default 120); longer: exit code 124
#   -m MODULES  kernel modules to load first; others are loaded when they are used
# Standard output and error are the script's, the exit code too. 125: there is no such kernel here; standard error says why.
#
# The kernel is Debian's package user-mode-linux, unpacked (not installed) into ${PACKETWALK_UML:-~/.cache/packetwalk-uml}.
set -u
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
cache=${PACKETWALK_UML:-${XDG_CACHE_HOME:-$HOME/.cache}/packetwalk-uml}
seconds=120
modules=
while getopts t:m: option; do
  case $option in
    t) seconds=$OPTARG ;;
    m) modules=$OPTARG ;;
    *) exit 125 ;;
  esac
done
missing() { echo "user-mode-linux: $1" >&2; exit 125; }

download() { ( cd "$cache/packages" && apt-get -qq download "$1" >/dev/null 2>&1 ); }
# Unpacks a Debian package into the cache, once.
unpack() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || missing "no apt-get to download package $1 with"
  mkdir -p "$cache/packages"
  download "$1" || { apt-get -qq update >/dev/null 2>&1; download "$1"; } || missing "package $1 cannot be downloaded"
  dpkg -x "$(ls -t "$cache/packages/$1"_*.deb | head -n 1)" "$cache/root" || missing "package $1 cannot be unpacked"
}
[ "$(uname -sm)" = 'Linux x86_64' ] || missing 'needs Linux on x86_64'
mkdir -p "$cache" 2>/dev/null || missing "no directory $cache"
# Several may run at once: one prepares.
exec 9>"$cache/lock"
flock 9
[ -x "$cache/root/usr/bin/linux.uml" ] || unpack user-mode-linux
[ -x "$cache/root/bin/kmod" ] || [ -x "$cache/root/usr/bin/kmod" ] || unpack kmod

# What the guest finds in its PATH before this machine's tools: modprobe for its own modules, the legacy iptables (it has no nf_tables).
bin=$cache/bin
if [ ! -x "$bin/modprobe" ]; then
  mkdir -p "$bin" "$cache/modules/lib/modules"
  version=$(ls "$cache/root/usr/lib/uml/modules")
  ln -sfn "$cache/root/usr/lib/uml/modules/$version" "$cache/modules/lib/modules/$version"
  kmod=$(ls "$cache/root/bin/kmod" "$cache/root/usr/bin/kmod" 2>/dev/null | head -n 1)
  ln -sf "$kmod" "$cache/modules/modprobe"
  printf '#!/bin/sh\nexec %s -d %s "$@"\n' "$cache/modules/modprobe" "$cache/modules" > "$bin/modprobe"
  chmod +x "$bin/modprobe"
fi
for tool in iptables iptables-save iptables-restore; do
  legacy=/usr/sbin/${tool/iptables/iptables-legacy}
  [ -x "$legacy" ] && ln -sf "$legacy" "$bin/$tool"
done
exec 9>&-

run=$(mktemp -d "$cache/run.XXXXXX") || missing "no directory in $cache"
kernel=
finish() { [ -n "$kernel" ] && kill -KILL -- "-$kernel" 2>/dev/null; rm -rf "$run"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
cat > "$run/script"
printf '%s\n' "$seconds" > "$run/seconds"
printf '%s\n' "$modules" > "$run/modules"

# UML forks a process for each address space of the guest: they are all in one process group.
# Under load its clock goes on while it waits for the processor, and its timers fire early: it goes first, where that is allowed.
set -m
nice -n -10 timeout -s KILL "$((seconds + 30))" "$cache/root/usr/bin/linux.uml" mem=512M uml_dir="$run" umid=uml root=/dev/root rootfstype=hostfs rootflags=/ ro \
  con=null con0=null,fd:1 quiet loglevel=1 random.trust_cpu=on UML_CACHE="$cache" UML_RUN="$run" init="$here/init.sh" </dev/null >"$run/console" 2>&1 &
kernel=$!
wait "$kernel"
cat "$run/stdout" 2>/dev/null
cat "$run/stderr" >&2 2>/dev/null
[ -s "$run/code" ] && exit "$(cat "$run/code")"
tail -n 20 "$run/console" >&2
missing 'the kernel ended without a result'
