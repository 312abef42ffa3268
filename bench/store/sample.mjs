/** Times of many short calls. */

const CALLS = 200_000;

/** The median of as many calls of `call` as it takes, one after the other, in µs. */
export async function medianMicroseconds(items, call) {
  const times = new Float64Array(CALLS);
  for (let index = 0; index < CALLS; index += 1) {
    const item = items[index % items.length];
    const started = performance.now();
    await call(item);
    times[index] = performance.now() - started;
  }
  return times.sort()[CALLS >> 1] * 1_000;
}

/** In an order that is the same in every run and follows no other. */
export function shuffled(items) {
  const copy = [...items];
  let state = 1;
  for (let index = copy.length - 1; index > 0; index -= 1) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (index + 1);
    [copy[index], copy[other]] = [copy[other], copy[index]];
  }
  return copy;
}
