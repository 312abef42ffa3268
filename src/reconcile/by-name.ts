/** Changes of one name in their order, under that name. */
export function byName<T extends { readonly name: string }>(
  changes: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const change of changes) {
    const group = groups.get(change.name);
    if (group) group.push(change);
    else groups.set(change.name, [change]);
  }
  return groups;
}
