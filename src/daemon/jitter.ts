import { MINUTE_MS } from "../core/duration.ts";
import type { Random } from "../core/ports.ts";

/**
 * How long to wait after a firing, so that many daemons do not ask one store at the same moment. `pauseMs`: until the next
 * firing; half of it is the most, whatever `mostMs` says.
 */
export function jitterOf(random: Random, pauseMs: number, mostMs?: number): number {
  const most = Math.min(mostMs ?? Math.min(pauseMs / 10, MINUTE_MS), pauseMs / 2);
  const [a = 0, b = 0, c = 0] = random.bytes(3);
  return Math.floor(((a * 65_536 + b * 256 + c) / 16_777_216) * most);
}
