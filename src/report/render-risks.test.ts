import { expect, test } from "vitest";
import type { Risk } from "../core/risk/risk.ts";
import { aPlan, aRotation, NOW } from "./plan.fixture.ts";
import { renderPlan } from "./render-plan.ts";

const RISKS: readonly Risk[] = [
  { class: "first-admin", kind: "ApiKey", name: "scanner", message: "scanner: the first key with ADMIN" },
  { class: "privilege-widened", kind: "ApiKey", name: "scanner", message: "scanner: USER → ADMIN" },
  { class: "expiry-lengthened", kind: "ApiKey", name: "scanner", message: "scanner: expires 1d → never" },
];
const text = { format: "text", colors: false, now: NOW } as const;
const plan = aPlan({ changes: [aRotation()], risks: RISKS });

test("a plan's risks stand one a line, with what they need", () => {
  const needs = [
    {
      rule: { risks: ["first-admin", "privilege-widened"], team: "acme/security" },
      risks: RISKS.slice(0, 2),
    },
  ] as const;
  expect(renderPlan(plan, { ...text, needs })).toContain(`

Risks
  high first-admin: scanner: the first key with ADMIN
  high privilege-widened: scanner: USER → ADMIN
  elevated expiry-lengthened: scanner: expires 1d → never
  needs an approving review by acme/security (first-admin, privilege-widened)

Plan: `);
});

test("G9: a risk's text stays on its line", () => {
  const risks: readonly Risk[] = [
    { class: "delivery-widened", kind: "ApiKey", name: "a", message: "a: also to x\n\u001b[2Jhigh" },
  ];
  const lines = renderPlan(aPlan({ risks }), text).split("\n");
  expect(lines.filter((line) => line.includes("delivery-widened"))).toHaveLength(1);
  expect(lines.join("")).not.toContain("\u001b");
});

test("a plan as JSON has its risks with class, kind and name", () => {
  expect(JSON.parse(renderPlan(plan, { ...text, format: "json" }))).toMatchObject({ risks: RISKS });
});
