/** How far this machine's clock is from that of a server, as far as an answer's `Date` header tells. */

export interface ClockSkew {
  /** The best guess, in milliseconds: positive when our clock is ahead. */
  readonly aheadMs: number;
  /** How far the truth may be from that guess, either way. */
  readonly withinMs: number;
}

const SECOND_MS = 1_000;
const HALF = 2;

/** `date` as RFC 9110 (section 5.6.7) has it: whole seconds, cut off. Undefined when it cannot be read. */
export function clockSkew(sentAt: Date, receivedAt: Date, date: string | undefined): ClockSkew | undefined {
  const second = date?.endsWith(" GMT") ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(second)) return undefined;
  const roundTripMs = Math.max(0, receivedAt.getTime() - sentAt.getTime());
  const ours = receivedAt.getTime() - roundTripMs / HALF;
  return {
    aheadMs: Math.round(ours - (second + SECOND_MS / HALF)),
    withinMs: Math.ceil((roundTripMs + SECOND_MS) / HALF),
  };
}

/** What the clocks are apart at the least, in milliseconds, never below 0. */
export const certainSkewMs = ({ aheadMs, withinMs }: ClockSkew): number =>
  Math.max(0, Math.abs(aheadMs) - withinMs);
