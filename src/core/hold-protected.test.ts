import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anIntent, aRecord, at } from "./a-key.fixture.ts";
import type { Limits } from "./guard.ts";
import type { Plan } from "./plan.ts";
import { aLiveRole, aPlan, type FactsParts, linesOf, someFacts } from "./some-facts.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const rotated = aDesiredKey({ roles: USER });
const other = aDesiredKey({ name: "other", deliverTo: [{ sink: "local", path: "other" }] });

const planFor = (parts: FactsParts, limits: Partial<Limits> = {}): Plan => aPlan(someFacts(parts), limits);

test("a protected key waits for its rotation, and the others go on", () => {
  for (const [keys, limits] of [
    [[{ ...rotated, protected: true }, other], {}],
    [[rotated, other], { protectedKeys: ["scanner"] }],
  ] as const) {
    const plan = planFor({ keys, records: [aRecord(aLiveKey(), { protected: keys[0].protected })] }, limits);
    expect(linesOf(plan.changes)).toEqual(["create ApiKey other"]);
    expect(plan.violations).toEqual([]);
    expect(plan.blocked).toMatchObject([
      {
        kind: "ApiKey",
        name: "scanner",
        code: "PROTECTED",
        message: "it is protected and would be rotated: roles change from READ_ONLY to USER",
        hint: "if that is meant, name it: --allow scanner",
        at: rotated.origin,
      },
    ]);
  }
});

test("a protected key that a person names is rotated", () => {
  const plan = planFor({ keys: [rotated] }, { protectedKeys: ["scanner"], allowed: ["scanner"] });
  expect(linesOf(plan.changes)).toEqual(["rotate ApiKey scanner"]);
  expect([...plan.blocked, ...plan.violations]).toEqual([]);
});

test("a protected key that waits keeps what counted on its rotation, and takes updates", () => {
  const old = aLiveKey({ id: "ak0", roles: [{ type: "custom", tag: "editor" }] }, { operation: "op0" });
  const current = aLiveKey({ status: "expired" }, { generation: 2 });
  const retiring = [{ operation: "op0", id: "ak0", retireAt: at(0) }];
  const parts = {
    keys: [aDesiredKey({ protected: true })],
    live: [old, current],
    records: [aRecord(current, { retiring })],
    liveRoles: [aLiveRole()],
  };
  expect(linesOf(planFor(parts, { allowed: ["scanner"] }).changes)).toEqual([
    "update ApiKey scanner",
    "rotate ApiKey scanner",
    "revoke ApiKey scanner",
    "revoke Role editor",
  ]);
  const waiting = planFor(parts);
  expect(linesOf(waiting.changes)).toEqual(["update ApiKey scanner"]);
  expect(waiting.notices.map(({ code }) => code)).toEqual(["ROLE_IN_USE"]);
});

test("a rotation of a protected key that an earlier run began is ended without asking again", () => {
  const records = [aRecord(aLiveKey(), { protected: true, intent: anIntent(2, "op2") })];
  const plan = planFor({ keys: [aDesiredKey({ protected: true })], records });
  expect(linesOf(plan.changes)).toEqual(["rotate ApiKey scanner"]);
  expect([...plan.blocked, ...plan.violations]).toEqual([]);
});

test("a key that is not protected does not wait", () => {
  expect(linesOf(planFor({ keys: [rotated] }).changes)).toEqual(["rotate ApiKey scanner"]);
});

test("a role of a protected key's name is not held with it", () => {
  const plan = planFor({
    keys: [{ ...rotated, protected: true }],
    liveRoles: [aLiveRole({ name: "scanner" })],
  });
  expect(linesOf(plan.changes)).toEqual(["update ApiKey scanner", "revoke Role scanner"]);
});
