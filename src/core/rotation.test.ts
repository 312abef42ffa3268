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
  SLOT,
} from "./a-key.fixture.ts";
import { type DesiredKey, type RotationTrigger, slotId } from "./desired.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import type { OwnedKey } from "./live.ts";
import { type RotationFacts, type RotationReason, rotationDueAt, rotationReasons } from "./rotation.ts";
import type { SlotState } from "./slot-reading.ts";
import { CAPABILITIES } from "./some-facts.fixture.ts";

const rotationFacts = (over: Partial<RotationFacts> = {}): RotationFacts => {
  const current = over.current ?? aLiveKey();
  return {
    desired: aDesiredKey(),
    current,
    record: aRecord(),
    recorded: aCurrent(),
    slots: new Map([[slotId(SLOT), "good"]]),
    capabilities: CAPABILITIES,
    requests: [],
    now: NOW,
    ...over,
  };
};

const codesFor = (over: Partial<RotationFacts>): readonly RotationReason["code"][] =>
  rotationReasons(rotationFacts(over)).map(({ code }) => code);

const triggered = (trigger: RotationTrigger, over: Partial<DesiredKey> = {}): DesiredKey =>
  aDesiredKey({ rotation: { trigger, overlapMs: HOUR_MS }, ...over });

/** A live key with its record, which agrees on its end. */
const pair = (over: Partial<OwnedKey>): Pick<RotationFacts, "current" | "recorded"> => {
  const current = aLiveKey(over);
  return { current, recorded: aCurrent(current) };
};

test("a key that is as declared has no reason to be rotated", () => {
  expect(codesFor({})).toEqual([]);
});

test("a mint that a dead run left unfinished is a reason", () => {
  const reasons = rotationReasons(
    rotationFacts({ record: aRecord(aLiveKey(), { intent: anIntent(2, "op2") }) }),
  );
  expect(reasons).toEqual([
    { code: "unfinished", message: "an earlier run began generation 2 and did not end it" },
  ]);
});

test("A11: a key is expired at its end, not one millisecond before", () => {
  const fixed = triggered({ type: "disabled" });
  expect(codesFor({ desired: fixed, ...pair({ expiresAt: at(1) }) })).toEqual([]);
  expect(codesFor({ desired: fixed, ...pair({ expiresAt: at(0) }) })).toEqual(["expired"]);
});

test("a key that the store calls expired is expired, whatever our clock says", () => {
  const { expiresAt: _, ...unending } = aLiveKey({ status: "expired" });
  const reasons = rotationReasons(
    rotationFacts({
      desired: aDesiredKey({ expires: { type: "never" } }),
      current: unending,
      recorded: undefined,
    }),
  );
  expect(reasons).toEqual([{ code: "expired", message: "expired at an unknown time" }]);
  expect(codesFor(pair({ status: "expired" }))).toEqual(["expired"]);
});

test("other roles ask for a new key only where the store cannot change them in place", () => {
  const desired = aDesiredKey({ roles: [{ type: "custom", tag: "editor" }] });
  const updatable = [...CAPABILITIES.updatable, "roles"] as const;
  expect(rotationReasons(rotationFacts({ desired }))).toEqual([
    { code: "roles-changed", message: "roles change from READ_ONLY to custom:editor" },
  ]);
  expect(codesFor({ desired, capabilities: { ...CAPABILITIES, updatable } })).toEqual([]);
});

test("the order and repetition of roles are no reason", () => {
  const [a, b] = [{ type: "default", role: "USER" } as const, { type: "custom", tag: "editor" } as const];
  expect(codesFor({ desired: aDesiredKey({ roles: [b, a, b] }), ...pair({ roles: [a, b] }) })).toEqual([]);
});

test("another expiry is a reason", () => {
  const desired = aDesiredKey({ expires: { type: "after", ms: 30 * DAY_MS } });
  expect(rotationReasons(rotationFacts({ desired }))).toEqual([
    { code: "expiry-changed", message: `expiry changes from ${at(80 * DAY_MS)} to 30d after it is minted` },
  ]);
  const { expiresAt: _, ...unending } = aLiveKey();
  const [reason] = rotationReasons(rotationFacts({ current: unending }));
  expect(reason?.message).toBe("expiry changes from never to 90d after it is minted");
});

test("another security level is a reason", () => {
  expect(rotationReasons(rotationFacts({ desired: aDesiredKey({ securityLevel: "advanced" }) }))).toEqual([
    { code: "security-level-changed", message: "security level changes from standard to advanced" },
  ]);
});

const withSerial = (serial?: number): DesiredKey =>
  aDesiredKey({
    rotation: {
      trigger: { type: "disabled" },
      overlapMs: HOUR_MS,
      ...(serial !== undefined && { serial }),
    },
  });

test("a serial forces one rotation each time it changes", () => {
  const recorded = aCurrent(aLiveKey(), { serial: 3 });
  expect(codesFor({ desired: withSerial(3), recorded })).toEqual([]);
  expect(codesFor({ desired: withSerial(4), recorded })).toEqual(["serial-changed"]);
  expect(codesFor({ desired: withSerial(2), recorded })).toEqual(["serial-changed"]);
  expect(rotationReasons(rotationFacts({ desired: withSerial(4) }))[0]?.message).toBe(
    "rotation serial changes from none to 4",
  );
});

test("taking a serial away, or losing the ledger, forces nothing", () => {
  expect(codesFor({ desired: withSerial(), recorded: aCurrent(aLiveKey(), { serial: 3 }) })).toEqual([]);
  expect(codesFor({ desired: withSerial(4), recorded: undefined, record: anEmptyRecord() })).toEqual([]);
});

// The key lives from NOW − 10 d to NOW + 80 d.
const DUE: readonly (readonly [string, RotationTrigger, number, RotationReason["code"]])[] = [
  ["a tenth of its life", { type: "at", fraction: 0.1 }, -1 * DAY_MS, "nearing-expiry"],
  ["85 days before its end", { type: "before", ms: 85 * DAY_MS }, -5 * DAY_MS, "nearing-expiry"],
  ["the age of seven days", { type: "every", ms: 7 * DAY_MS }, -3 * DAY_MS, "age"],
];

const nowAt = (ms: number): Date => new Date(NOW.getTime() + ms);

test.each(DUE)(
  "a key due at %s is rotated then, not one millisecond before",
  (_name, trigger, dueMs, code) => {
    const desired = triggered(trigger);
    expect(rotationDueAt(desired, aLiveKey())?.at).toBe(at(dueMs));
    expect(codesFor({ desired, now: nowAt(dueMs - 1) })).toEqual([]);
    expect(codesFor({ desired, now: nowAt(dueMs) })).toEqual([code]);
  },
);

test.each([
  [{ type: "at", fraction: 0.1 }, "at 10% of its life"],
  [{ type: "before", ms: 85 * DAY_MS }, "85d before it expires"],
  [{ type: "every", ms: 7 * DAY_MS }, "at the age of 7d"],
] as const)("the reason of %j is the same at every planning", (trigger, rule) => {
  const messages = [0, DAY_MS].map((ms) => {
    const now = new Date(NOW.getTime() + ms);
    return rotationReasons(rotationFacts({ desired: triggered(trigger), now })).map(({ message }) => message);
  });
  expect(messages[0]).toEqual(messages[1]);
  expect(messages[0]?.[0]).toContain(rule);
});

test("a key that is not rotated by schedule is never due", () => {
  expect(rotationDueAt(triggered({ type: "disabled" }), aLiveKey())).toBeUndefined();
});

test("a key without an end nears none, but ages", () => {
  const { expiresAt: _, ...unending } = aLiveKey();
  expect(rotationDueAt(triggered({ type: "at", fraction: 0.5 }), unending)).toBeUndefined();
  expect(rotationDueAt(triggered({ type: "before", ms: DAY_MS }), unending)).toBeUndefined();
  expect(rotationDueAt(triggered({ type: "every", ms: 20 * DAY_MS }), unending)?.at).toBe(at(10 * DAY_MS));
});

test("a key with a fixed end is not rotated for nearing it: its successor would not live longer", () => {
  const expires = { type: "at", instant: at(80 * DAY_MS) } as const;
  for (const [, trigger, , code] of DUE) {
    expect(codesFor({ desired: triggered(trigger, { expires }) })).toEqual(code === "age" ? ["age"] : []);
  }
});

test("a key whose fixed end moved is rotated for that", () => {
  const expires = { type: "at", instant: at(81 * DAY_MS) } as const;
  expect(codesFor({ desired: aDesiredKey({ expires }) })).toEqual(["expiry-changed"]);
});

const slotStates: readonly (readonly [SlotState, readonly string[]])[] = [
  ["good", []],
  ["unknown", []],
  ["empty", ["sink-empty"]],
  ["stale", ["sink-stale"]],
];

test.each(slotStates)("a slot that is %s gives the reasons %j", (state, codes) => {
  expect(codesFor({ slots: new Map([[slotId(SLOT), state]]) })).toEqual(codes);
});

test("the slots at fault are named", () => {
  const other = { sink: "vault", path: "b" };
  const slots = new Map<string, SlotState>([
    [slotId(SLOT), "empty"],
    [slotId(other), "empty"],
  ]);
  const reasons = rotationReasons(
    rotationFacts({ desired: aDesiredKey({ deliverTo: [SLOT, other] }), slots }),
  );
  expect(reasons.map(({ message }) => message)).toEqual([
    "local: path=ci/scanner, vault: path=b holds no value",
  ]);
});

test("all reasons that hold are told", () => {
  const desired = aDesiredKey({ roles: [{ type: "default", role: "USER" }], securityLevel: "advanced" });
  const slots = new Map<string, SlotState>([[slotId(SLOT), "stale"]]);
  expect(codesFor({ desired, slots })).toEqual(["roles-changed", "security-level-changed", "sink-stale"]);
});
