/** Milliseconds that this process has computed for: unlike the time that passed, no more of them on a busy machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
