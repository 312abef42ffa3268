/** In the order of the first of each group. */
export function groupBy<T, K>(
  items: readonly T[],
  keyOf: (item: T) => K,
): ReadonlyMap<K, readonly [T, ...T[]]> {
  const groups = new Map<K, readonly [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const [first = item, ...others] = groups.get(key) ?? [];
    groups.set(key, groups.has(key) ? [first, ...others, item] : [item]);
  }
  return groups;
}
