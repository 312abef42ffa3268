import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { DriftReport } from "../core/drift/drift-report.ts";
import { hostileNeeds, hostileIssues, hostilePlan, hostileRun } from "./hostile-plan.fixture.ts";
import { aPlan, aRun, hostileLine, NOW } from "./plan.fixture.ts";
import { renderJobSummary, type SummarySubject } from "./render-job-summary.ts";
import { ACTING, renderedPage } from "./rendered-page.fixture.ts";

const aReport = (text: string): DriftReport => ({
  apiVersion: "keywright/v1",
  kind: "Drift",
  instance: text,
  store: text,
  checkedAt: NOW.toISOString(),
  source: { type: "git", location: text },
  manifestDigest: "sha256:x",
  findings: [],
  due: [],
  unread: [text],
  counts: { fix: 0, report: 0, ignore: 0, due: 0 },
});

const refusal = (text: string): SummarySubject => ({
  mode: "apply",
  outcome: { code: text, message: text, hint: text, uncovered: [] },
});

test.each([
  ["validate", { mode: "validate", issues: [] }, "**No issues.**\n"],
  ["plan", { mode: "plan", plan: aPlan(), needs: [], now: NOW }, "**No changes: nothing to do.**\n"],
  ["apply", { mode: "apply", outcome: aRun() }, "**Applied.**\n"],
  ["apply", refusal("LEASE_HELD"), "**Nothing was done.** `LEASE_HELD`"],
  ["drift", { mode: "drift", report: aReport("x") }, "**No drift; 1 not looked at.**\n"],
] as const)(
  "the summary of a job that did %s says what came of it",
  (mode, subject: SummarySubject, words) => {
    const summary = renderJobSummary("acme-prod", subject);
    expect(summary.startsWith(`### Keywright ${mode} of \`acme-prod\`\n\n`)).toBe(true);
    expect(summary).toContain(words);
  },
);

test("faults are told by file and line, with what to do", () => {
  const at = { file: "keys/b.yaml", line: 2, column: 5 };
  const issues = [
    { code: "ROLE_UNUSED", severity: "warning", message: "no key has it", at },
    {
      code: "UNKNOWN",
      severity: "error",
      message: "unknown field",
      hint: "remove it",
      at: { ...at, line: 1 },
    },
    { code: "NO_MANIFESTS", severity: "error", message: "no file" },
  ] as const;
  expect(renderJobSummary("acme-prod", { mode: "validate", issues })).toContain(`**2 errors, 1 warning.**

| | Where | Code | What |
| --- | --- | --- | --- |
| error |  | \`NO_MANIFESTS\` | no file |
| error | \`keys/b.yaml:1\` | \`UNKNOWN\` | unknown field<br>hint: remove it |
| warning | \`keys/b.yaml:2\` | \`ROLE_UNUSED\` | no key has it |
`);
});

test("G10: two summaries fit into what GitHub takes from a step, in bytes", () => {
  const [issue] = hostileIssues("…".repeat(500));
  const issues = Array.from({ length: 3_000 }, () => issue).flatMap((each) => each ?? []);
  const summary = renderJobSummary("acme-prod", { mode: "validate", issues });
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual((1024 * 1024) / 2);
  expect(Buffer.byteLength(summary)).toBeGreaterThan(300_000);
  expect(summary).toMatch(
    /\nCut to fit\. Not shown: \d+ of 3000 issues\. `keywright validate` shows all\.\n$/,
  );
});

/** Of every mode, with `text` wherever text from outside comes. */
const render = (text: string): string =>
  [
    { mode: "validate", issues: hostileIssues(text) } as const,
    { mode: "plan", plan: hostilePlan(text), needs: hostileNeeds(text), now: NOW } as const,
    { mode: "apply", outcome: hostileRun(text) } as const,
    refusal(text),
    { mode: "drift", report: aReport(text) } as const,
  ]
    .map((subject) => renderJobSummary(text, subject))
    .join("\n");

test("G9, G10: nothing in a job's summary makes an element, a link, a mention or a reference", () => {
  const plain = renderedPage(render("x"));
  expect(plain.tags.join("")).not.toMatch(/<(a|img|script)\b/);
  fc.assert(
    fc.property(hostileLine(), (hostile) => {
      const { tags, prose } = renderedPage(render(hostile));
      expect(tags).toEqual(plain.tags);
      expect(prose).not.toMatch(ACTING);
    }),
    { numRuns: 15 },
  );
});
