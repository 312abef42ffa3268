import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  anEmptyRecord,
  anIntent,
  aRecord,
  at,
  holding,
  NOW,
  SLOT,
} from "./a-key.fixture.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { forecast, type Forecast } from "./forecast.ts";
import { aPlan, type FactsParts, someFacts } from "./some-facts.fixture.ts";

/** Of `parts` and the plan that follows from them. */
function forecastOf(parts: FactsParts = {}, days = 30, protectedKeys: readonly string[] = []): Forecast {
  const facts = someFacts(parts);
  return forecast(facts, aPlan(facts, { protectedKeys }), { days, protectedKeys });
}

/** `rotates 1 +49.4d`: what happens to which generation, and in how many days. */
const linesOf = (parts?: FactsParts, days?: number, protectedKeys?: readonly string[]): readonly string[] =>
  forecastOf(parts, days, protectedKeys).entries.map((entry) => {
    const inDays = (Date.parse(entry.at) - NOW.getTime()) / DAY_MS;
    return `${entry.what} ${entry.generation} ${inDays < 0 ? "" : "+"}${Number(inDays.toFixed(1))}d`;
  });

const every = (days: number, overlapMs: number = DAY_MS) =>
  ({ trigger: { type: "every", ms: days * DAY_MS }, overlapMs }) as const;
const never = { type: "never" } as const;

/** A settled key of this life, made `ageDays` ago. */
function living(
  life: Partial<ReturnType<typeof aDesiredKey>>,
  ageDays: number,
  endDays?: number,
): FactsParts {
  const { expiresAt: _, ...rest } = aLiveKey({ createdAt: at(-ageDays * DAY_MS) });
  const key = endDays === undefined ? rest : { ...rest, expiresAt: at(endDays * DAY_MS) };
  const desired = aDesiredKey(life);
  return {
    keys: [desired],
    live: [key],
    records: [aRecord(key, { current: aCurrent(key, { expires: desired.expires }) })],
    slots: [[SLOT, holding(key)]],
  };
}

test("a rotation leads to a retirement after the overlap, and to the next rotation", () => {
  expect(linesOf({}, 120)).toEqual([
    "rotates 1 +49.4d",
    "retires 1 +50.4d",
    "rotates 2 +108.8d",
    "retires 2 +109.8d",
  ]);
});

test("only what lies within the days is told, the last of them included", () => {
  expect(linesOf({}, 30)).toEqual([]);
  expect(linesOf(living({ expires: never, rotation: every(30) }, 18), 12)).toEqual(["rotates 1 +12d"]);
});

test("each entry says to which key it happens, when at the latest, and whether it waits for an apply", () => {
  const [rotation, retirement, next] = forecastOf({}, 120).entries;
  expect(rotation).toEqual({
    name: "scanner",
    generation: 1,
    id: "ak1",
    at: new Date(Date.parse(at(-10 * DAY_MS)) + 0.66 * 90 * DAY_MS).toISOString(),
    what: "rotates",
    needsApply: true,
    deadline: at(80 * DAY_MS),
    message: "generation 2 takes over, at 66% of its life",
  });
  expect(retirement).toMatchObject({ what: "retires", id: "ak1", needsApply: true });
  expect(retirement).not.toHaveProperty("deadline");
  expect(next).not.toHaveProperty("id");
});

test("a key that never expires has no deadline, and is rotated at its age for ever", () => {
  const parts = living({ expires: never, rotation: every(10) }, 8);
  expect(linesOf(parts, 15)).toEqual(["rotates 1 +2d", "retires 1 +3d", "rotates 2 +12d", "retires 2 +13d"]);
  expect(forecastOf(parts, 15).entries[0]).not.toHaveProperty("deadline");
});

test("a key with a fixed end expires and has no successor, rotated or not", () => {
  const end = { type: "at", instant: at(20 * DAY_MS) } as const;
  const disabled = { trigger: { type: "disabled" }, overlapMs: DAY_MS } as const;
  expect(linesOf(living({ expires: end, rotation: disabled }, 10, 20))).toEqual(["expires 1 +20d"]);
  expect(linesOf(living({ expires: end }, 10, 20))).toEqual(["expires 1 +20d"]);
  expect(linesOf(living({ expires: end, rotation: every(18) }, 3, 20))).toEqual([
    "rotates 1 +15d",
    "retires 1 +16d",
    "expires 2 +20d",
  ]);
  expect(forecastOf(living({ expires: end }, 10, 20)).entries[0]).toMatchObject({ needsApply: false });
});

test("a key whose rotation is disabled expires, and only then is replaced", () => {
  const rotation = { trigger: { type: "disabled" }, overlapMs: DAY_MS } as const;
  expect(linesOf(living({ expires: { type: "after", ms: 30 * DAY_MS }, rotation }, 20, 10), 45)).toEqual([
    "expires 1 +10d",
    "rotates 1 +10d",
    "retires 1 +11d",
    "expires 2 +40d",
    "rotates 2 +40d",
    "retires 2 +41d",
  ]);
  expect(linesOf(living({ expires: never, rotation }, 20), 3650)).toEqual([]);
});

test("a key that would end before its overlap does is told to expire", () => {
  const life = { expires: { type: "after", ms: 30 * DAY_MS }, rotation: every(29, 2 * DAY_MS) } as const;
  expect(linesOf(living(life, 20, 10), 15)).toEqual(["rotates 1 +9d", "expires 1 +10d", "retires 1 +11d"]);
});

test("a rotation that is due already is overdue since its date, and all that follows counts from now", () => {
  expect(linesOf(living({ expires: never, rotation: every(10) }, 12), 11)).toEqual([
    "overdue 1 -2d",
    "retires 1 +1d",
    "rotates 2 +10d",
    "retires 2 +11d",
  ]);
});

test("a key that has expired is overdue since its end, and is revoked an overlap after it was replaced", () => {
  const life = { expires: { type: "after", ms: 30 * DAY_MS } } as const;
  const expired = living(
    { ...life, rotation: { trigger: { type: "disabled" }, overlapMs: HOUR_MS * 12 } },
    31,
    -1,
  );
  expect(linesOf(expired, 29)).toEqual(["overdue 1 -1d", "retires 1 +0.5d"]);
});

test("a rotation that the manifests ask for comes with the next apply", () => {
  const keys = [aDesiredKey({ roles: [{ type: "default", role: "USER" }] })];
  expect(linesOf({ keys })).toEqual(["rotates 1 +0d", "retires 1 +1d"]);
  expect(forecastOf({ keys }).entries[0]?.message).toBe(
    "generation 2 is minted: roles change from READ_ONLY to USER",
  );
});

test("a leaked key has no overlap", () => {
  expect(linesOf({ records: [aRecord(aLiveKey(), { leaked: ["op1"] })] })).toEqual([
    "rotates 1 +0d",
    "retires 1 +0d",
  ]);
});

test("a key that is minted for the first time is no rotation; its own are told", () => {
  const keys = [aDesiredKey({ expires: never, rotation: every(10) })];
  const parts = { keys, live: [], records: [], slots: [[SLOT, { type: "empty" }]] } as const;
  expect(linesOf(parts, 10)).toEqual(["rotates 1 +10d"]);
});

test("a key that vanished from the store is replaced by the next apply", () => {
  expect(linesOf({ live: [], slots: [[SLOT, { type: "empty" }]] })).toEqual(["rotates 1 +0d"]);
});

test("an attempt under way keeps its generation", () => {
  const half = aLiveKey({ id: "ak2", status: "pending" }, { generation: 4, operation: "op4" });
  const records = [aRecord(aLiveKey(), { intent: anIntent(4, "op4") })];
  const { entries } = forecastOf({ live: [aLiveKey(), half], records });
  expect(entries.map(({ what, id, message }) => [what, id, message])).toEqual([
    ["rotates", "ak1", "generation 4 is minted: an earlier run began generation 4 and did not end it"],
    ["retires", "ak1", "replaced by generation 4"],
  ]);
});

const old = aLiveKey({ id: "ak0", expiresAt: at(5 * DAY_MS) }, { operation: "op0" });
const current = aLiveKey({}, { generation: 2 });
const retiring = (ms: number, over = {}) =>
  aRecord(current, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(ms) }], ...over });

test("a key in its overlap retires at its date, or is overdue", () => {
  const live = [old, current];
  expect(linesOf({ live, records: [retiring(HOUR_MS * 12)] })).toEqual(["retires 1 +0.5d"]);
  expect(linesOf({ live, records: [retiring(-DAY_MS)] })).toEqual(["overdue 1 -1d"]);
  expect(linesOf({ live, records: [retiring(9 * DAY_MS)] })).toEqual(["expires 1 +5d", "retires 1 +9d"]);
});

test("a replaced key that cannot go yet is overdue with the reason", () => {
  const dead = { ...current, status: "expired" } as const;
  const keys = [aDesiredKey({ expires: { type: "at", instant: at(0) } })];
  const { entries } = forecastOf({ keys, live: [old, dead], records: [retiring(-DAY_MS)] });
  expect(entries[0]).toMatchObject({
    what: "overdue",
    at: at(-DAY_MS),
    message: expect.stringContaining("yet"),
  });
});

test("an attempt that was given up ends at its date", () => {
  const abandoned = [{ operation: "op0", generation: 1, revokeAt: at(DAY_MS) }];
  const records = [aRecord(current, { abandoned })];
  expect(linesOf({ live: [old, current], records })).toEqual(["retires 1 +1d"]);
});

test("without a record an older key ends an overlap after the current one was made", () => {
  const young = aLiveKey(
    { createdAt: at(-HOUR_MS), expiresAt: at(90 * DAY_MS - HOUR_MS) },
    { generation: 2 },
  );
  const parts = { live: [old, young], records: [], slots: [[SLOT, holding(young)]] } as const;
  expect(linesOf(parts)).toEqual(["retires 1 +1d"]);
});

test("a twin that nobody has the secret of goes with the next apply", () => {
  const twin = { ...current, id: "ak9", last4: "9999" };
  const capabilities = { mint: { by: "store", returnsId: false } } as const;
  const records = [aRecord(current)];
  const { entries } = forecastOf({ live: [current, twin], records, capabilities });
  expect(entries).toMatchObject([{ what: "retires", id: "ak9", at: NOW.toISOString() }]);
});

test("a replaced key without a date is told to expire", () => {
  const other = { ...old, marker: { ...old.marker, operation: "op7" } };
  const { expiresAt: _, ...unending } = { ...other, id: "ak8" };
  const lines = linesOf({ live: [other, current, unending], records: [aRecord(current)] });
  expect(lines).toEqual(["expires 1 +5d"]);
});

test("a key that is no longer declared retires with the next apply, unless that is refused", () => {
  const keys = [aDesiredKey({ name: "other", expires: never, deliverTo: [{ sink: "local", path: "o" }] })];
  expect(linesOf({ keys })).toEqual(["retires 1 +0d"]);
  const facts = someFacts({ keys, live: [aLiveKey({ expiresAt: at(5 * DAY_MS) })] });
  const refused = forecast(facts, { changes: [], blocked: [] }, { days: 30, protectedKeys: [] });
  expect(refused.entries).toMatchObject([
    { what: "expires", message: "no longer declared, and not revoked" },
  ]);
});

test("a protected key is not rotated by itself, so it is told to expire too", () => {
  const held = ["rotates 1 +49.4d", "expires 1 +80d"];
  expect(linesOf({ keys: [aDesiredKey({ protected: true })] }, 120)).toEqual(held);
  expect(linesOf({}, 120, ["scanner"])).toEqual(held);
  expect(linesOf({ records: [aRecord(aLiveKey(), { protected: true })] }, 120)).toEqual(held);
  expect(forecastOf({}, 120, ["scanner"]).entries[0]?.message).toBe(
    "held back: it is protected: only with --allow scanner",
  );
});

test("a protected key that is due is overdue; once it has expired there is nothing left to expire", () => {
  const life = { expires: { type: "after", ms: 30 * DAY_MS }, protected: true } as const;
  expect(linesOf(living(life, 25, 5))).toEqual(["overdue 1 -5.2d", "expires 1 +5d"]);
  expect(linesOf(living(life, 31, -1))).toEqual(["overdue 1 -11.2d"]);
  const forever = { expires: never, protected: true, rotation: every(40) } as const;
  expect(linesOf(living(forever, 20))).toEqual(["rotates 1 +20d"]);
  expect(linesOf(living({ expires: never, protected: true }, 20))).toEqual([]);
});

test("a key that every run leaves alone is held back with the reason", () => {
  const stranger = aLiveKey({ id: "ak9" }, { generation: 7, operation: "op9" });
  const { entries } = forecastOf({ live: [aLiveKey(), stranger] }, 60);
  expect(entries.map(({ what, id }) => [what, id])).toEqual([["rotates", "ak1"]]);
  expect(entries[0]?.message).toMatch(/^held back: LEDGER_BEHIND: /);
});

test("a missing key that is held back has nothing to tell", () => {
  const strange = { type: "value", fingerprint: "fp-of-strangers", last4: "9999" } as const;
  expect(linesOf({ live: [], records: [], slots: [[SLOT, strange]] }, 365)).toEqual([]);
});

test("a rotation that goes on and on is cut, and says so", () => {
  const parts = living(
    { expires: never, rotation: { trigger: { type: "every", ms: 60_000 }, overlapMs: 0 } },
    0,
  );
  const { entries, cut } = forecastOf(parts, 30);
  expect(cut).toEqual(["scanner"]);
  expect(entries.filter(({ what }) => what === "rotates")).toHaveLength(100);
  expect(forecastOf().cut).toEqual([]);
});

const names = (days: number, parts: FactsParts): readonly string[] =>
  forecastOf(parts, days).entries.map(({ name }) => name);

test("entries come by date, then by name, whatever the order of the facts", () => {
  const twin = aLiveKey({ id: "ak2" }, { name: "twin", operation: "op2" });
  const slot = { sink: "local", path: "twin" };
  const keys = [aDesiredKey({ name: "twin", deliverTo: [slot] }), aDesiredKey()];
  const live = [twin, aLiveKey()];
  const records = [aRecord(twin, { current: aCurrent(twin, { receipts: [] }) }), aRecord()];
  const slots = [
    [SLOT, holding(aLiveKey())],
    [slot, holding(twin)],
  ] as const;
  const sorted = ["scanner", "twin", "scanner", "twin"];
  expect(names(60, { keys, live, records, slots })).toEqual(sorted);
  expect(
    names(60, { keys: keys.toReversed(), live: live.toReversed(), records: records.toReversed(), slots }),
  ).toEqual(sorted);
});

test("the frame of time is told", () => {
  expect(forecastOf({}, 7)).toMatchObject({ from: NOW.toISOString(), until: at(7 * DAY_MS), entries: [] });
});

test("a key whose value is held elsewhere only expires", () => {
  const keys = [aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [] })];
  const parts: FactsParts = { keys, records: [], slots: [] };
  expect(linesOf(parts, 200)).toEqual(["expires 1 +80d"]);
  expect(forecastOf(parts, 200).entries[0]?.message).toBe("not replaced: its value is held elsewhere");
  const taking = { ...parts, keys: [aDesiredKey({ adopt: { id: "ak1" } })] };
  const records = [anEmptyRecord({ intent: anIntent(2, "op9") })];
  expect(linesOf({ ...taking, records, slots: [[SLOT, { type: "empty" }]] }, 2)).toEqual([
    "rotates 1 +0d",
    "retires 1 +1d",
  ]);
});
