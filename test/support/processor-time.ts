/**
 * Milliseconds of processor time that this process has used. Tests that guard against quadratic work compare it with a
 * bound far above what linear work takes: unlike the clock, it does not run while the machine does something else.
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
