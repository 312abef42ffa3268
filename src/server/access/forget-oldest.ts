/**
 * Makes room in what holds `most` already: its first sixteenth goes. One at a time would be slow, for a Map or Set
 * walks over the places of what was deleted at its front.
 */
export function forgetOldest(
  remembered: Pick<Map<string, unknown>, "size" | "keys" | "delete">,
  most: number,
): void {
  if (remembered.size < most) return;
  let left = Math.ceil(most / 16);
  for (const oldest of remembered.keys()) {
    if (left === 0) return;
    remembered.delete(oldest);
    left -= 1;
  }
}
