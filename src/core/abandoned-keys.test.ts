/** Keys of attempts that were given up, and keys that a store made twice: known for what they are, and revoked. */

import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  anEmptyRecord,
  anIntent,
  aRecord,
  at,
  NOW,
} from "./a-key.fixture.ts";
import { diff } from "./diff.ts";
import { HOUR_MS } from "./duration.ts";
import { currentOf, latestGeneration } from "./key-group.ts";
import type { KeyRecord } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";
import { type FactsParts, linesOf, someFacts } from "./some-facts.fixture.ts";

const MINTS_ITSELF = { mint: { by: "store", returnsId: false } } as const;

const current = aLiveKey();
const late = aLiveKey(
  { id: "late", last4: "llll", createdAt: at(-HOUR_MS) },
  { generation: 2, operation: "opL" },
);
const abandoned = (msFromNow: number): Partial<KeyRecord> => ({
  abandoned: [{ operation: "opL", generation: 2, revokeAt: at(msFromNow) }],
});

const facts = (parts: FactsParts) => someFacts({ capabilities: MINTS_ITSELF, ...parts });
const revokedIn = (parts: FactsParts): readonly (readonly [string, string])[] =>
  diff(facts(parts)).changes.flatMap((change) =>
    change.action === "revoke" && change.kind === "ApiKey" ? [[change.key.id, change.reason]] : [],
  );
const blockedIn = (parts: FactsParts): readonly string[] =>
  diff(facts(parts)).blocked.map(({ code }) => code);

test("a key that comes late from an attempt that was given up is revoked, not before somebody may use it", () => {
  const parts = { live: [current, late], now: NOW };
  expect(revokedIn({ ...parts, records: [aRecord(current, abandoned(0))] })).toEqual([["late", "abandoned"]]);
  expect(revokedIn({ ...parts, records: [aRecord(current, abandoned(1))] })).toEqual([]);
  expect(blockedIn({ ...parts, records: [aRecord(current, abandoned(1))] })).toEqual([]);
});

test("a key of an attempt that was given up is never taken for the current one", () => {
  const record = anEmptyRecord(abandoned(0));
  expect(currentOf({ name: "scanner", live: [late], record })).toBeUndefined();
  expect(linesOf(diff(facts({ live: [late], records: [record] })).changes)).toEqual([
    "create ApiKey scanner",
    "revoke ApiKey scanner",
  ]);
});

test("I2: what a blind slot may still hold is not revoked by the run that replaces it there", () => {
  const [mint] = abandoned(0).abandoned ?? [];
  const record = aRecord(current, { abandoned: mint ? [{ ...mint, mayBeRead: true }] : [] });
  const parts = { live: [current, late], records: [record], now: NOW };
  const keys = [aDesiredKey({ roles: [{ type: "default", role: "USER" }] })];
  expect(revokedIn({ ...parts, keys })).toEqual([]);
  expect(revokedIn(parts)).toEqual([["late", "abandoned"]]);
});

const twinOf = (key: OwnedKey, over: Partial<OwnedKey> = {}): OwnedKey => ({
  ...key,
  id: "twin",
  last4: "tttt",
  ...over,
});

test("a key that the store made twice is revoked where nobody has its secret", () => {
  expect(revokedIn({ live: [current, twinOf(current)] })).toEqual([["twin", "duplicate"]]);
  expect(revokedIn({ live: [twinOf(current), current] })).toEqual([["twin", "duplicate"]]);
});

test("two keys of an attempt that is open, or was given up, do not stop the work on their name", () => {
  const twins = [late, twinOf(late)];
  const open = aRecord(current, { intent: anIntent(2, "opL") });
  expect(blockedIn({ live: [current, ...twins], records: [open] })).toEqual([]);
  const ended = [
    ["late", "abandoned"],
    ["twin", "abandoned"],
  ];
  expect(revokedIn({ live: [current, ...twins], records: [aRecord(current, abandoned(0))] })).toEqual(ended);
});

test.each<readonly [string, FactsParts]>([
  ["where the client mints", { capabilities: {}, live: [current, twinOf(current)] }],
  ["with another name", { live: [current, twinOf(current, { displayName: "Mine" })] }],
  ["with other roles", { live: [current, twinOf(current, { roles: [{ type: "default", role: "ADMIN" }] })] }],
  ["with the same last four characters", { live: [current, twinOf(current, { last4: "aaaa" })] }],
  ["made long after the first", { live: [current, twinOf(current, { createdAt: at(0) })] }],
  ["that the ledger does not know", { live: [current, twinOf(current)], records: [] }],
  [
    "of an operation that the ledger does not know",
    { live: [late, twinOf(late)], records: [aRecord(current, { current: aCurrent(current) })] },
  ],
])("I4: a twin %s may be a person's copy: it stops the work on that name", (_, parts) => {
  expect(blockedIn(parts)).toEqual(["MARKER_AMBIGUOUS"]);
  expect(revokedIn(parts)).toEqual([]);
});

test("generations go on after those of attempts that were given up", () => {
  const ahead = aRecord(current, { abandoned: [{ operation: "opL", generation: 7, revokeAt: at(0) }] });
  expect(latestGeneration({ live: [current], record: ahead })).toBe(7);
});
