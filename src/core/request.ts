/** What a person asks for besides what the manifests say: plain data, and part of the plan that answers it. */

import type { Facts } from "./facts.ts";
import { containsKey, redactKeys } from "./key-format.ts";
import { type CustodyFault, custodyFault, leakFault, rotationFault } from "./custody-fault.ts";
import { groupKeys, type KeyGroup } from "./key-group.ts";

interface RequestOf<T extends string> {
  readonly type: T;
  /** Of the key, as its manifest has it. */
  readonly name: string;
  /** The person's words: one line, recorded with the run. */
  readonly reason: string;
}

export type KeyRequest =
  /** A new key now; the old one gets its overlap. */
  | RequestOf<"rotate">
  /** A successor of a key that is held elsewhere, into our sinks; the old one gets its overlap. */
  | RequestOf<"take-custody">
  /** Every live key of the name ends at once, or those of these ids in the store. */
  | (RequestOf<"revoke"> & { readonly ids?: readonly string[] })
  /** The secret that this operation made is in wrong hands. */
  | (RequestOf<"leak"> & { readonly operation: string });

export type RequestType = KeyRequest["type"];

/** The requests of one type for `name`. */
export const requestsOf = <T extends RequestType>(
  requests: readonly KeyRequest[],
  type: T,
  name: string,
): readonly Extract<KeyRequest, { type: T }>[] =>
  requests.filter(
    (request): request is Extract<KeyRequest, { type: T }> => request.type === type && request.name === name,
  );

/** The operations of one name whose secrets are in wrong hands, as far as ledger and requests say. */
export const leakedOperations = (
  { name, record }: Pick<KeyGroup, "name" | "record">,
  requests: readonly KeyRequest[],
): ReadonlySet<string> =>
  new Set([
    ...(record?.leaked ?? []),
    ...requestsOf(requests, "leak", name).map(({ operation }) => operation),
  ]);

export interface RequestFault {
  readonly name: string;
  readonly message: string;
  /** What to do about it, where it is something of its own. */
  readonly hint?: string;
}

/** Which of `facts.requests` cannot be meant, each in one sentence. */
export function requestFaults({ desired, live, records, requests }: Facts): readonly RequestFault[] {
  if (requests.length === 0) return [];
  const groups = new Map(groupKeys(desired, live.keys, records).map((group) => [group.name, group]));
  return requests.flatMap((request) => {
    const { name } = request;
    const group = groups.get(name);
    const fault = group ? faultOf(request, group) : `there is no key named ${name}`;
    if (fault === undefined) return [];
    return [{ name, ...(typeof fault === "string" ? { message: fault } : fault) }];
  });
}

function faultOf(request: KeyRequest, group: KeyGroup): string | CustodyFault | undefined {
  const { name } = request;
  switch (request.type) {
    case "rotate":
      return group.desired
        ? rotationFault(group)
        : `${name} is not declared, so no new key can be made for it`;
    case "take-custody":
      return custodyFault(group);
    case "revoke":
      return revocationFault(name, request.ids, group);
    case "leak":
      return isKnown(request.operation, group)
        ? leakFault(group, request.operation)
        : `the key of ${name} that leaked is not live`;
  }
}

function revocationFault(
  name: string,
  ids: readonly string[] | undefined,
  { live }: KeyGroup,
): string | undefined {
  if (live.length === 0) return `${name} has no key in the store`;
  const missing = ids?.find((id) => !live.some((key) => key.id === id));
  return missing === undefined ? undefined : `${name} has no live key ${missing}`;
}

/** An attempt that the store may not have heard of is known too: its secret must never be registered. */
const isKnown = (operation: string, { live, record }: KeyGroup): boolean =>
  record?.intent?.operation === operation || live.some(({ marker }) => marker.operation === operation);

const REASON_LENGTH = 300;

/** What is wrong with a person's reason; undefined: nothing. Never repeats it. */
export function reasonFault(reason: string): string | undefined {
  if (reason.trim() === "") return "it is empty";
  if (reason.length > REASON_LENGTH) return `it is longer than ${REASON_LENGTH} characters`;
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(reason)) return "it is more than one line of plain text";
  return looksLikeSecret(reason) ? "something in it looks like a key" : undefined;
}

/** A counted repetition without an end runs out of stack where a word has millions of characters. */
const LONG_WORD = /[0-9A-Za-z_+=-]{28}[0-9A-Za-z_+=-]*/g;

/** Whether a key stands in `text`, of our format or of any that mixes cases and digits at length. */
export const looksLikeSecret = (text: string): boolean =>
  containsKey(text) || (text.match(LONG_WORD) ?? []).some(isMixed);

/** `text` without what looks like a key in it. */
export const withoutSecrets = (text: string): string =>
  redactKeys(text).replace(LONG_WORD, (word) => (isMixed(word) ? "[redacted]" : word));

const isMixed = (word: string): boolean => /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word);
