/** Kernel: include/linux/jiffies.h. The tick that timers and limits count in: HZ is 250, as Debian and Ubuntu build their kernels. */
export const JIFFY_MS = 4
