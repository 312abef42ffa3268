/** What may go out at once after a rest: the vendor's own command line counts on it. */
export const BURST = 50;

/** Gives 0 when the next request may pass, and otherwise in how many whole seconds one may. */
export function createTokenBucket(perMinute, burst) {
  const perMs = perMinute / 60_000;
  let tokens = burst;
  let seenAt = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + (now - seenAt) * perMs);
    seenAt = now;
    if (tokens < 1) return Math.ceil((1 - tokens) / perMs / 1_000);
    tokens -= 1;
    return 0;
  };
}
