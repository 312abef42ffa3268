/** Adds what secrets need to what keys do: once it is settled which keys get a new value in this run. */

import { diffSecrets, writtenSlots } from "./diff-secret.ts";
import { type Difference, inOrder } from "./diff.ts";
import { slotId } from "./desired.ts";
import type { Facts } from "./facts.ts";
import { holdCopied } from "./hold-copied.ts";

/**
 * `difference`: that of everything else, with what is held back left out. With requests, only those secrets that get
 * another value by them.
 */
export function withSecrets(difference: Difference, facts: Facts): Difference {
  if (!facts.capabilities.manages.includes("Secret")) return difference;
  const { changes, blocked } = diffSecrets(facts, difference.changes);
  const isNeeded = neededBy(difference, facts);
  const all = [...difference.changes, ...changes.filter(({ name }) => isNeeded(name))];
  return {
    changes: holdCopied(all.sort(inOrder), facts),
    blocked: [...difference.blocked, ...blocked.filter(({ name }) => isNeeded(name))],
  };
}

function neededBy({ changes }: Difference, facts: Facts): (name: string) => boolean {
  if (facts.requests.length === 0) return () => true;
  const written = writtenSlots(changes);
  const followers = (facts.desired.secrets ?? []).filter(({ valueFrom }) => written.has(slotId(valueFrom)));
  const names = new Set(followers.map(({ name }) => name));
  return (name) => names.has(name);
}
