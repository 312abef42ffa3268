/** For random desired and live states: once the changes of a diff are carried out, the next diff is empty. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { aCurrent, aDesiredKey, aLiveKey, anIntent, aReceipt, at, holding, NOW } from "./a-key.fixture.ts";
import type { Change } from "./change.ts";
import type { DesiredKey, DesiredPolicy, DesiredRole, Slot } from "./desired.ts";
import { slotId } from "./desired.ts";
import { diff } from "./diff.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { violationsOf } from "./guard.ts";
import type { KeyRecord } from "./key-record.ts";
import type { LiveRole, OwnedKey } from "./live.ts";
import { factsOf, type ModelWorld, settle } from "./model.fixture.ts";
import type { RoleRef } from "./role-ref.ts";
import { aDesiredPolicy, aDesiredRole, aLiveRole, linesOf, someLimits } from "./some-facts.fixture.ts";
import type { SlotReading } from "./slot-reading.ts";

const NAMES = ["a", "b", "c"] as const;
const SINKS = ["local", "vault", "actions"] as const;
/** GitHub's way: it never gives a value back. */
const BLIND = new Set(["actions"]);
const TAGS = ["editor", "viewer"] as const;

const roles: fc.Arbitrary<readonly RoleRef[]> = fc.constantFrom<readonly RoleRef[]>(
  [{ type: "default", role: "READ_ONLY" }],
  [{ type: "default", role: "USER" }],
  [{ type: "custom", tag: "editor" }],
);

const expires: fc.Arbitrary<DesiredKey["expires"]> = fc.constantFrom<DesiredKey["expires"]>(
  { type: "after", ms: 90 * DAY_MS },
  { type: "after", ms: 20 * DAY_MS },
  { type: "at", instant: at(80 * DAY_MS) },
  { type: "at", instant: at(-DAY_MS) },
  { type: "never" },
);

const trigger: fc.Arbitrary<DesiredKey["rotation"]["trigger"]> = fc.constantFrom<
  DesiredKey["rotation"]["trigger"]
>(
  { type: "disabled" },
  { type: "at", fraction: 0.66 },
  { type: "at", fraction: 0.1 },
  { type: "before", ms: 14 * DAY_MS },
  { type: "every", ms: 5 * DAY_MS },
);

interface Declared {
  readonly desired: DesiredKey | undefined;
  /** Where its live keys and its record stand: its own name, or one that it had before. */
  readonly formerly: string;
}

const declared = (name: string): fc.Arbitrary<Declared> =>
  fc
    .record({
      isDeclared: fc.boolean(),
      isRenamed: fc.boolean(),
      roles,
      expires,
      trigger,
      serial: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
      overlapHours: fc.constantFrom(1, 24),
      description: fc.constantFrom("Scans", "Scans more"),
      owner: fc.option(fc.constant("platform"), { nil: undefined }),
      protected: fc.boolean(),
      securityLevel: fc.constantFrom("standard", "standard", "standard", "advanced"),
      sinks: fc.subarray([...SINKS], { minLength: 1 }),
      // Two keys may have swapped their places.
      place: fc.constantFrom(name, name, name, name === "a" ? "b" : "a"),
    })
    .map(({ isDeclared, isRenamed, sinks, place, trigger, serial, overlapHours, owner, ...fields }) => {
      const formerly = isRenamed ? `former-${name}` : name;
      if (!isDeclared) return { desired: undefined, formerly: name };
      const { owner: _, ...base } = aDesiredKey();
      const desired: DesiredKey = {
        ...base,
        ...fields,
        name,
        ...(owner !== undefined && { owner }),
        previousNames: isRenamed ? [formerly] : [],
        deliverTo: sinks.map((sink) => ({ sink, path: place })),
        rotation: { trigger, overlapMs: overlapHours * HOUR_MS, ...(serial !== undefined && { serial }) },
      };
      return { desired, formerly };
    });

interface Past {
  readonly live: readonly OwnedKey[];
  readonly record: KeyRecord | undefined;
}

/** Up to three generations of one name, some dead or half-made, and what the ledger still knows of them. */
const past = (name: string, slots: readonly Slot[]): fc.Arbitrary<Past> =>
  fc
    .record({
      generations: fc.array(
        fc.record({
          ageDays: fc.constantFrom(0, 2, 10, 70),
          lifeDays: fc.constantFrom(90, 20, undefined),
          isExpired: fc.boolean(),
          isGone: fc.boolean(),
          roles,
        }),
        { maxLength: 3 },
      ),
      isHalfMade: fc.boolean(),
      isHalfMadeLive: fc.boolean(),
      isLedgerLost: fc.constantFrom(false, false, false, true),
      retireHours: fc.constantFrom(-1, 1),
      serial: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
      isProtected: fc.boolean(),
      receipts: fc.subarray([...slots]),
    })
    .map(
      ({
        generations,
        isHalfMade,
        isHalfMadeLive,
        isLedgerLost,
        retireHours,
        serial,
        isProtected,
        receipts,
      }) => {
        const all = generations.map(({ ageDays, lifeDays, isExpired, isGone, roles }, index) => {
          const { expiresAt: _, ...base } = aLiveKey();
          const key: OwnedKey = {
            ...base,
            id: `${name}-${index + 1}`,
            last4: `${name.at(-1)}00${index + 1}`,
            createdAt: at(-ageDays * DAY_MS),
            ...(lifeDays !== undefined && { expiresAt: at((lifeDays - ageDays) * DAY_MS) }),
            status: isExpired && lifeDays !== undefined ? "expired" : "active",
            roles,
            marker: { instance: "acme", name, generation: index + 1, operation: `op-${name}-${index + 1}` },
          };
          return { key, isGone };
        });
        const generation = all.length + 1;
        const half = aLiveKey(
          { id: `${name}-half`, status: "pending", last4: "half" },
          { name, generation, operation: `op-${name}-half` },
        );
        const isIntended = isHalfMade && !isLedgerLost;
        const live = all.filter(({ isGone }) => !isGone).map(({ key }) => key);
        const current = all.at(-1)?.key;
        const record: KeyRecord = {
          name,
          version: 3,
          ...(current && {
            current: aCurrent(current, {
              ...(serial !== undefined && { serial }),
              expires:
                current.expiresAt === undefined
                  ? { type: "never" }
                  : { type: "after", ms: Date.parse(current.expiresAt) - Date.parse(current.createdAt) },
              receipts: receipts.map((slot) => aReceipt(slot, current)),
            }),
          }),
          ...(isIntended && { intent: anIntent(generation, half.marker.operation) }),
          retiring: all.slice(0, -1).map(({ key }) => ({
            id: key.id,
            operation: key.marker.operation,
            retireAt: at(retireHours * HOUR_MS),
          })),
          protected: isProtected,
        };
        return {
          live: isIntended && isHalfMadeLive ? [...live, half] : live,
          record: isLedgerLost || (all.length === 0 && !isIntended) ? undefined : record,
        };
      },
    );

const ALL_SLOTS: readonly Slot[] = NAMES.flatMap((path) => SINKS.map((sink) => ({ sink, path })));

const readings = (live: readonly OwnedKey[]): fc.Arbitrary<ReadonlyMap<string, SlotReading>> =>
  fc
    .tuple(
      ...ALL_SLOTS.map((slot) =>
        fc
          .constantFrom<SlotReading>(
            { type: "empty" },
            { type: "value", fingerprint: "someone-else", last4: "else" },
            ...live.filter(({ marker }) => marker.name.endsWith(slot["path"] ?? "")).map(holding),
          )
          .map((reading) => [slotId(slot), reading] as const),
      ),
    )
    .map((entries) => new Map(entries));

const desiredRoles: fc.Arbitrary<readonly DesiredRole[]> = fc
  .subarray([...TAGS])
  .map((tags) => tags.map((name) => aDesiredRole({ name })));

const liveRoles: fc.Arbitrary<readonly LiveRole[]> = fc
  .tuple(fc.subarray([...TAGS]), fc.constantFrom("Edits", "Edited"))
  .map(([tags, description]) => tags.map((name) => aLiveRole({ name, description })));

const policy: fc.Arbitrary<DesiredPolicy | undefined> = fc.option(
  fc.constantFrom(aDesiredPolicy(), aDesiredPolicy({ requireExpiration: false, allowedRoles: ["USER"] })),
  { nil: undefined },
);

const worlds: fc.Arbitrary<ModelWorld> = fc.tuple(...NAMES.map(declared)).chain((keys) =>
  fc
    .tuple(
      ...keys.map(({ formerly }) =>
        past(
          formerly,
          ALL_SLOTS.filter(({ path }) => formerly.endsWith(path ?? "")),
        ),
      ),
    )
    .chain((pasts) =>
      fc
        .record({
          slots: readings(pasts.flatMap(({ live }) => live)),
          roles: desiredRoles,
          liveRoles,
          policy,
          isKeepingPolicy: fc.boolean(),
        })
        .map(({ slots, roles, liveRoles, policy, isKeepingPolicy }): ModelWorld => ({
          desired: {
            instance: "acme",
            keys: withoutSharedSlots(keys.flatMap(({ desired }) => desired ?? [])),
            roles: withUsedRoles(
              roles,
              keys.flatMap(({ desired }) => desired ?? []),
            ),
            ...(policy && { policy }),
          },
          now: NOW,
          blind: BLIND,
          keys: pasts.flatMap(({ live }) => live),
          roles: liveRoles,
          policy: isKeepingPolicy ? { kind: "SecurityPolicy", requireExpiration: false } : undefined,
          records: new Map(pasts.flatMap(({ record }) => (record ? [[record.name, record] as const] : []))),
          slots: new Map(slots),
          minted: 0,
        })),
    ),
);

/** Validation lets no key have a role that is not declared. */
function withUsedRoles(roles: readonly DesiredRole[], keys: readonly DesiredKey[]): readonly DesiredRole[] {
  const tags = new Set(
    keys.flatMap((key) => key.roles.flatMap((role) => (role.type === "custom" ? role.tag : []))),
  );
  for (const { name } of roles) tags.delete(name);
  return [...roles, ...[...tags].map((name) => aDesiredRole({ name }))];
}

/** Validation lets no two keys share a slot. */
function withoutSharedSlots(keys: readonly DesiredKey[]): readonly DesiredKey[] {
  const taken = new Set<string>();
  return keys.map((key) => {
    const deliverTo = key.deliverTo.filter((slot) => !taken.has(slotId(slot)));
    for (const slot of deliverTo) taken.add(slotId(slot));
    return {
      ...key,
      deliverTo: deliverTo.length > 0 ? deliverTo : [{ sink: "local", path: `own-${key.name}` }],
    };
  });
}

const isRename = (change: Change): boolean =>
  change.kind === "ApiKey" && change.action === "create" && change.desired.previousNames.length > 0;

test("once the changes of a diff are carried out, the next diff is empty", () => {
  fc.assert(
    fc.property(worlds, (generated) => {
      const world = { ...generated, records: new Map(generated.records), slots: new Map(generated.slots) };
      const { changes } = settle(world);
      // What is left of a name whose current key is gone takes its new name only with the next plan.
      if (changes.some((change) => isRename(change))) settle(world);
      expect(linesOf(diff(factsOf(world)).changes)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("no diff asks for what a guard refuses to the last valid key of a name", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const facts = factsOf(world);
      const guards = violationsOf(diff(facts).changes, facts, someLimits()).map(({ guard }) => guard);
      expect(guards).not.toContain("last-valid-key");
    }),
    { numRuns: 500 },
  );
});
