/** At most `most` of `names`: all of them in their order, or those that are most like one of `wanted`, the nearest first. */
export function nearNames(
  wanted: readonly string[],
  names: readonly string[],
  most: number,
): readonly string[] {
  if (names.length <= most) return names;
  const likeness = (name: string): number => Math.max(...wanted.map((each) => likenessOf(each, name)));
  const scored = names.map((name) => [likeness(name), name] as const);
  return scored
    .toSorted(([a], [b]) => b - a)
    .slice(0, most)
    .map(([, name]) => name);
}

/** From 0 to 1: how many pairs of letters two names share (Dice). */
function likenessOf(one: string, other: string): number {
  const [a, b] = [pairsOf(one), pairsOf(other)];
  const shared = [...a].filter((pair) => b.has(pair)).length;
  return (2 * shared) / Math.max(1, a.size + b.size);
}

function pairsOf(text: string): ReadonlySet<string> {
  const letters = Array.from(text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ""));
  return new Set(letters.slice(1).map((letter, index) => `${letters[index]}${letter}`));
}
