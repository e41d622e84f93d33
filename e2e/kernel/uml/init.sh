#!/bin/bash
# The first process of the guest: a root that can be written to, the script, its exit code, and off. UML_CACHE and UML_RUN, a folder in it, are on the kernel's command line.
export PATH=$UML_CACHE/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C
mount -t proc proc /proc
mount -t sysfs sysfs /sys
echo "$UML_CACHE/bin/modprobe" > /proc/sys/kernel/modprobe
root=/mnt/root
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/upper /mnt/work $root
modprobe overlay
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay $root
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys
mount -t devtmpfs dev $root/dev
mkdir -p $root/dev/pts $root/dev/shm
mount -t devpts devpts $root/dev/pts
mount -t tmpfs tmpfs $root/dev/shm
mount -t tmpfs tmpfs $root/run
mount -t tmpfs tmpfs $root/tmp
# The cache may lie below one of these: in /tmp, say.
mkdir -p "$root$UML_CACHE"
mount -t hostfs -o "$UML_CACHE" none "$root$UML_CACHE"
ln -sfn /proc/self/fd $root/dev/fd
ln -sfn /proc/self/fd/0 $root/dev/stdin
ln -sfn /proc/self/fd/1 $root/dev/stdout
ln -sfn /proc/self/fd/2 $root/dev/stderr
hostname lab
ip link set lo up
for module in $(cat "$UML_RUN/modules"); do modprobe -q "$module"; done
chroot $root /usr/bin/timeout -k 3 "$(cat "$UML_RUN/seconds")" /bin/bash "$UML_RUN/script" </dev/null >"$root$UML_RUN/stdout" 2>"$root$UML_RUN/stderr"
echo $? > "$root$UML_RUN/code"
sync
halt -f -n 2>/dev/null
echo o > /proc/sysrq-trigger
sleep 5
