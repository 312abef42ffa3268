/** Loaded into a measured process: says at its end, on file descriptor 3, what it used. */

import { readFileSync, writeSync } from "node:fs";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1_000, peakMb: peakMb() }));
});

/** Of this program alone: the kernel's `maxRSS` begins with that of the process that started it. */
function peakMb() {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) / 1_024;
  } catch {
    // Only Linux has it.
  }
  return process.resourceUsage().maxRSS / 1_024;
}
