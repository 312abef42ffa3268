import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anEmptyRecord, anIntent, aRecord } from "./a-key.fixture.ts";
import { createKey } from "./key-format.ts";
import { type KeyRequest, looksLikeSecret, reasonFault, requestFaults, withoutSecrets } from "./request.ts";
import { type FactsParts, someFacts } from "./some-facts.fixture.ts";

const WHY = { name: "scanner", reason: "seen in a chat" } as const;
const ROTATE: KeyRequest = { type: "rotate", ...WHY };
const REVOKE: KeyRequest = { type: "revoke", ...WHY };
const LEAK: KeyRequest = { type: "leak", ...WHY, operation: "op1" };
const SECRET = createKey({ prefix: "kw", environment: "test" }, { bytes: (n) => new Uint8Array(n) });

const faultsOf = (request: KeyRequest, parts: FactsParts = {}): readonly string[] =>
  requestFaults(someFacts({ ...parts, requests: [request] })).map(({ message }) => message);

const ATTEMPT = anEmptyRecord({ intent: anIntent(1, "op9") });

test.each<readonly [string, KeyRequest, FactsParts]>([
  ["a rotation of a declared key", ROTATE, {}],
  ["a rotation of a declared key that is missing", ROTATE, { live: [], records: [] }],
  ["a revocation of a live key", REVOKE, {}],
  ["a revocation of a key that is not declared", REVOKE, { keys: [aDesiredKey({ name: "other" })] }],
  ["a revocation by id", { ...REVOKE, ids: ["ak1"] }, {}],
  ["a leak of a live key", LEAK, {}],
  [
    "a leak of an attempt that the store has not heard of",
    { ...LEAK, operation: "op9" },
    { live: [], records: [ATTEMPT] },
  ],
])("%s can be meant", (_, request, parts) => {
  expect(faultsOf(request, parts)).toEqual([]);
});

test("without requests there is nothing to object to", () => {
  expect(requestFaults(someFacts())).toEqual([]);
});

test.each<readonly [string, KeyRequest, FactsParts, string]>([
  ["a name that nobody knows", { ...ROTATE, name: "scaner" }, {}, "there is no key named scaner"],
  [
    "a rotation of what is not declared",
    ROTATE,
    { keys: [aDesiredKey({ name: "other" })] },
    "scanner is not declared, so no new key can be made for it",
  ],
  ["a revocation without a live key", REVOKE, { live: [] }, "scanner has no key in the store"],
  ["a revocation of another key's id", { ...REVOKE, ids: ["ak1", "ak7"] }, {}, "scanner has no live key ak7"],
  [
    "a leak of a dead key",
    { ...LEAK, operation: "op0" },
    { records: [aRecord(aLiveKey())] },
    "the key of scanner that leaked is not live",
  ],
])("%s is refused in one sentence", (_, request, parts, message) => {
  expect(faultsOf(request, parts)).toEqual([message]);
});

test("a reason is one line of plain text", () => {
  expect(
    reasonFault("found in https://github.com/acme/app/commit/3f2a9c1b7d103f2a9c1b7d103f2a9c1b7d10"),
  ).toBe(undefined);
  expect(reasonFault("  ")).toBe("it is empty");
  expect(reasonFault("x ".repeat(151))).toBe("it is longer than 300 characters");
  expect(reasonFault("one\ntwo")).toBe("it is more than one line of plain text");
  expect(reasonFault("hidden \u202e text")).toBe("it is more than one line of plain text");
});

test("I3: a reason with something like a key in it is refused, without repeating it", () => {
  expect(reasonFault(`leaked: ${SECRET.reveal()}`)).toBe("something in it looks like a key");
  expect(reasonFault(`token=${"aB3".repeat(10)}`)).toBe("something in it looks like a key");
});

test.each([
  ["a key of ours", SECRET.reveal(), true],
  ["a long word of mixed cases and digits", "aB3".repeat(10), true],
  ["a commit", "3f2a9c1b7d103f2a9c1b7d103f2a9c1b7d10", false],
  ["long capitals", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF", false],
  ["long letters of both cases", "AbcdefghijklmnopqrstuvwxyzAbcdef", false],
  ["a name", "entities-scanner", false],
])("%s looks like a secret, or not", (_, text, expected) => {
  expect(looksLikeSecret(text)).toBe(expected);
});

// ── Keys whose value is held elsewhere ───────────────────────────────────────────────────────────────────

const CUSTODY: KeyRequest = { type: "take-custody", ...WHY };
const adopting = aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [] });
const withSink = aDesiredKey({ adopt: { id: "ak1" } });
const HELD: FactsParts = { keys: [adopting], records: [] };

test.each<readonly [string, KeyRequest, FactsParts]>([
  ["custody of an adopted key with a sink", CUSTODY, { ...HELD, keys: [withSink] }],
  ["a leak of an adopted key with a sink", LEAK, { ...HELD, keys: [withSink] }],
  ["a leak of the successor of an adopted key", LEAK, { keys: [aDesiredKey({ adopt: { id: "ak0" } })] }],
  ["a revocation of an adopted key", REVOKE, HELD],
  [
    "a rotation of the successor of an adopted key",
    ROTATE,
    { keys: [aDesiredKey({ adopt: { id: "ak0" } })] },
  ],
  ["a leak of a key that is not declared", LEAK, { keys: [] }],
])("%s can be meant", (_, request, parts) => {
  expect(faultsOf(request, parts)).toEqual([]);
});

test.each<readonly [string, KeyRequest, FactsParts, string, string]>([
  ["a rotation", ROTATE, HELD, "held elsewhere", "take-custody scanner"],
  ["a leak without a sink", LEAK, HELD, "would go nowhere", "keywright revoke scanner"],
  ["custody without a sink", CUSTODY, HELD, "would go nowhere", "keys/scanner.yaml:1"],
  ["custody of a key that we made", CUSTODY, {}, "in its sinks", "keywright rotate scanner"],
  [
    "custody of what is not adopted yet",
    CUSTODY,
    { ...HELD, live: [] },
    "not adopted yet",
    "keywright apply",
  ],
  [
    "custody that was taken",
    CUSTODY,
    { keys: [aDesiredKey({ adopt: { id: "ak0" } })] },
    "was taken",
    "spec.adopt",
  ],
  ["custody of what is not declared", CUSTODY, { keys: [] }, "not declared", "keywright import"],
])("%s is refused with what to do", (_, request, parts, message, hint) => {
  const [fault] = requestFaults(someFacts({ ...parts, requests: [request] }));
  expect(fault?.message).toContain(message);
  expect(fault?.hint).toContain(hint);
});

test("what looks like a key is taken out of text, and the rest stays", () => {
  const mixed = "Ab3".repeat(12);
  expect(withoutSecrets(`before ${SECRET.reveal()} and ${mixed}, after`)).toBe(
    "before [redacted] and [redacted], after",
  );
  expect(withoutSecrets("0123456789abcdef0123456789abcdef, a commit")).toContain("a commit");
  expect(withoutSecrets("0123456789abcdef0123456789abcdef")).toBe("0123456789abcdef0123456789abcdef");
});

test("a word of millions of characters is looked through like any other", () => {
  const word = "-".repeat(8_000_000);
  expect(withoutSecrets(`${word}Aa1`).slice(0, 20)).toBe("[redacted]");
});
