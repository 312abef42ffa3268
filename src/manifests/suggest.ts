import { closest, distance } from "fastest-levenshtein";

const MAX_LENGTH = 64;

/** `did you mean "roles"?`, when one of `candidates` is near enough to `word`. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH || candidates.length === 0) return undefined;
  const lower = word.toLowerCase();
  const same = candidates.find((each) => each.toLowerCase() === lower);
  const best = same ?? closest(word, candidates);
  const isNear = distance(lower, best.toLowerCase()) <= Math.max(1, Math.round(word.length * 0.4));
  return isNear ? `did you mean ${JSON.stringify(best)}?` : undefined;
}

/** A suggestion, or else what there is to choose from. */
export function suggestOrList(word: string, candidates: readonly string[], none: string): string {
  if (candidates.length === 0) return none;
  return suggest(word, candidates) ?? `there is ${listOf(candidates)}`;
}

/** At most ten, sorted. */
export function listOf(names: readonly string[]): string {
  const sorted = names.toSorted();
  return sorted.length <= 10
    ? sorted.join(", ")
    : `${sorted.slice(0, 10).join(", ")} and ${sorted.length - 10} more`;
}
