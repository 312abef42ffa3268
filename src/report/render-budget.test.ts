import { expect, test } from "vitest";
import { aCreate, aPlan, NOW } from "./plan.fixture.ts";
import { renderBudget } from "./render-budget.ts";
import { renderPlan } from "./render-plan.ts";

test.each([
  [1, 1, "1 request, about 1 s"],
  [312, 20, "312 requests, about 20 s"],
  [1_900, 119, "1900 requests, about 119 s"],
  [2_001, 121, "2001 requests, about 3 min"],
  [200_000, 12_632, "200000 requests, about 4 h"],
])("%i requests in %i seconds", (requests, seconds, text) => {
  expect(renderBudget({ requests, seconds })).toBe(`${text} at this store's limit`);
});

test("a plan tells its budget beside its sum, where it has one", () => {
  const changes = [aCreate()];
  const budget = { requests: 312, seconds: 20 };
  const shown = (format: "text" | "markdown" | "json", with_: object): string =>
    renderPlan(aPlan({ changes, ...with_ }), { format, colors: false, now: NOW });
  const sentence = "It takes 312 requests, about 20 s at this store's limit.";
  expect(shown("text", { budget }).endsWith(`0 to revoke.\n${sentence}\n`)).toBe(true);
  expect(shown("markdown", { budget }).split("\n")[0]).toMatch(/^\*\*Plan: .*\*\* It takes 312 requests/);
  expect(JSON.parse(shown("json", { budget }))).toMatchObject({ budget });
  for (const format of ["text", "markdown", "json"] as const)
    expect(shown(format, {})).not.toMatch(/budget|at this store/);
});
