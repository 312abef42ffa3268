import * as fc from "fast-check";
import { expect, test } from "vitest";
import { aBlocked, anOutcome, aRun, hostileText } from "./plan.fixture.ts";
import { renderRun } from "./render-run.ts";
import { renderRunList } from "./render-run-list.ts";

const text = { format: "text", colors: false } as const;

const run = aRun({
  result: "partly-applied",
  changes: [
    anOutcome({ deliveredTo: ["local: path=ci/scanner"] }),
    anOutcome({
      action: "rotate",
      name: "billing",
      outcome: "failed",
      message: "the sink is full",
      error: { code: "SINK_WRITE_FAILED", message: "no space left", hint: "make room" },
      durationMs: 90_000,
    }),
    anOutcome({
      action: "revoke",
      kind: "Role",
      name: "old",
      outcome: "not-run",
      message: "interrupted",
      error: { code: "INTERRUPTED", message: "interrupted" },
    }),
    anOutcome({ name: "late", outcome: "unknown", message: "the store did not answer" }),
  ],
  blocked: [aBlocked()],
});

test("a run tells what a person asked for", () => {
  const asked = aRun({ requests: [{ type: "rotate", name: "scanner", reason: "new server" }] });
  expect(renderRun(asked, text)).toContain("  asked    rotate scanner: new server\n");
  expect(renderRun(asked, { format: "markdown", colors: false })).toContain("\n- asked: rotate scanner");
});

test("a run tells the outcome of every change, where secrets lie, and what to do", () => {
  expect(renderRun(run, text)).toBe(`Run 20261121T080000Z-7f3a9c
  for      acme-prod
  store    embedded .keywright/store
  commit   3f2a9c1b7d10
  started  2026-11-21 08:00 UTC
  took     3.2 s

  ✓ create scanner  applied 1.2 s
      made k_9 (…wxyz)
      secret in: local: path=ci/scanner
  ✗ rotate billing  failed 1 min
      the sink is full
      SINK_WRITE_FAILED no space left
      hint: make room
  · revoke Role old  not run 1.2 s
      interrupted
      INTERRUPTED
  ? create late  unknown 1.2 s
      the store did not answer

Left alone (1)
  ! ApiKey copied  keys/copied.yaml:7
      MARKER_AMBIGUOUS two live keys carry one marker: k_1 and k_2
      hint: remove the marker from one

Partly applied: 1 applied, 1 failed, 1 not run, 1 unknown.
`);
});

test("a run without changes says so", () => {
  const { commit: _, ...bare } = aRun({ result: "no-change", finishedAt: "?" });
  expect(renderRun(bare, text)).toMatch(/started {2}2026-11-21 08:00 UTC\n\nNo changes\.\n$/);
});

test("a run as JSON is the record as it is", () => {
  expect(JSON.parse(renderRun(run, { format: "json", colors: false }))).toEqual(run);
});

test("a run as Markdown is a line of sums and a table", () => {
  const shown = renderRun(run, { format: "markdown", colors: false });
  expect(shown.split("\n")[0]).toBe("**Partly applied: 1 applied, 1 failed, 1 not run, 1 unknown.**");
  expect(shown).toContain(
    "| failed | rotate | ApiKey | `billing` | the sink is full; SINK&#95;WRITE&#95;FAILED: no space left; hint: make room | 1 min |\n",
  );
  expect(shown).toContain("secret in local: path=ci/scanner | 1.2 s |");
  expect(shown).toContain("- ApiKey `copied` at `keys/copied.yaml:7`: `MARKER_AMBIGUOUS` two live keys");
});

test("G10: a long run is cut between rows", () => {
  const changes = Array.from({ length: 500 }, () => anOutcome());
  const shown = renderRun(aRun({ changes }), { format: "markdown", colors: false, maxLength: 10_000 });
  expect(shown.length).toBeLessThanOrEqual(10_000);
  expect(shown).toMatch(/ s \|\n\nCut to fit. Not shown: \d+ of 500 outcomes\. /);
});

const withHostile = (hostile: string): ReturnType<typeof aRun> =>
  aRun({
    id: hostile,
    instance: hostile,
    store: hostile,
    commit: hostile,
    startedAt: hostile,
    changes: [
      anOutcome({
        name: hostile,
        outcome: "failed",
        message: hostile,
        error: { code: "BUG", message: `!${hostile}`, hint: hostile },
        deliveredTo: [hostile],
      }),
    ],
    blocked: [aBlocked({ name: hostile, message: hostile, hint: hostile })],
  });

const lineCounts = (record: ReturnType<typeof aRun>): readonly number[] =>
  (["text", "markdown"] as const).map((format) => {
    const shown = renderRun(record, { format, colors: false });
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    return shown.split("\n").length;
  });

test("G9, G10: hostile texts add no line to a run, in no format", () => {
  const plain = lineCounts(withHostile("not a date"));
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      expect(lineCounts(withHostile(`no date ${hostile}`))).toEqual(plain);
    }),
  );
});

test("runs are listed a line each, newest first as they come", () => {
  const { commit: _, ...second } = aRun({
    id: "20261120T080000Z-000000",
    result: "interrupted",
    finishedAt: "?",
  });
  expect(renderRunList([run, second], text)).toBe(
    [
      "RUN                      STARTED               TOOK   RESULT          CHANGES  COMMIT",
      "20261121T080000Z-7f3a9c  2026-11-21 08:00 UTC  3.2 s  partly-applied  1/4      3f2a9c1b7d10",
      "20261120T080000Z-000000  2026-11-21 08:00 UTC  -      interrupted     0/0      -",
      "",
      "2 runs",
      "",
    ].join("\n"),
  );
  expect(JSON.parse(renderRunList([run], { format: "json", colors: false }))).toEqual([run]);
  expect(renderRunList([], text)).toBe("No runs yet\n");
});
