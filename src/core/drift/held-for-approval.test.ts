/** What a fix leaves out because a person has to answer for it. */

import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, aRecord, at } from "../a-key.fixture.ts";
import { DAY_MS } from "../duration.ts";
import type { Limits } from "../guard.ts";
import { linesOf } from "../some-facts.fixture.ts";
import { changedFacts, driftOf } from "./drift.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const limits = (over: Partial<Limits> = {}): Partial<Limits> => ({
  approvals: [{ risks: ["privilege-widened"], label: "wider" }],
  ...over,
});
const NEEDS = "scanner: READ_ONLY → USER (privilege-widened) needs the label wider";

test("an altered key that a fix would give more rights waits, and its finding says for what", () => {
  const facts = changedFacts({}, { keys: [aDesiredKey({ roles: USER })] });
  const policy = { altered: "fix" } as const;
  expect(linesOf(driftOf(facts, policy).fixes)).toEqual(["rotate ApiKey scanner"]);
  const { fixes, findings } = driftOf(facts, policy, limits());
  expect(fixes).toEqual([]);
  expect(findings.map(({ response, hint }) => [response, hint])).toEqual([
    ["report", `${NEEDS}: a fix asks nobody; \`keywright apply\` says how`],
  ]);
  expect(linesOf(driftOf(facts, policy, limits({ allowed: ["scanner"] })).fixes)).toHaveLength(1);
});

test("manifests that wait for an approval are told with it", () => {
  const facts = changedFacts({ keys: [aDesiredKey({ roles: USER })] });
  const { fixes, findings } = driftOf(facts, { "unapplied-commit": "fix" }, limits());
  expect(fixes).toEqual([]);
  expect(findings[0]?.details?.[0]).toMatch(new RegExp(`; ${NEEDS.replace(/[()]/g, "\\$&")}$`));
});

test("what is due waits too where it would give more rights on its way", () => {
  const old = aLiveKey({ createdAt: at(-70 * DAY_MS), expiresAt: at(20 * DAY_MS) });
  const parts = { live: [old], records: [aRecord(old)] };
  const facts = changedFacts(parts, { keys: [aDesiredKey({ roles: USER })] });
  expect(linesOf(driftOf(facts).fixes)).toEqual(["rotate ApiKey scanner"]);
  const { fixes, due, findings } = driftOf(facts, {}, limits());
  expect(fixes).toEqual([]);
  expect(due.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^due since .*; left alone: scanner: /),
  ]);
  expect(findings.map((finding) => `${finding.class} ${finding.response}`)).toEqual(["altered report"]);
});
