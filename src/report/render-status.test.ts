import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyStanding } from "../core/status.ts";
import type { StatusReport } from "../core/status-report.ts";
import { hostileText, NOW } from "./plan.fixture.ts";
import { renderStatus } from "./render-status.ts";

const text = { format: "text", colors: false, now: NOW } as const;

const standing = (over: Partial<KeyStanding> = {}): KeyStanding => ({
  name: "scanner",
  state: "active",
  roles: ["READ_ONLY"],
  id: "k_2",
  last4: "abcd",
  generation: 2,
  createdAt: "2026-11-01T08:00:00.000Z",
  expiresAt: "2027-01-30T08:00:00.000Z",
  rotatesAt: "2026-12-30T08:00:00.000Z",
  retires: [],
  sinks: [{ slot: "local: path=ci/scanner", state: "good" }],
  breaches: [],
  ...over,
});

const aStatus = (keys: readonly KeyStanding[], over: Partial<StatusReport> = {}): StatusReport => ({
  apiVersion: "keywright/v1",
  kind: "Status",
  instance: "acme",
  at: NOW.toISOString(),
  keys,
  ...over,
});

const missing: KeyStanding = {
  name: "absent",
  state: "missing",
  roles: [],
  retires: [],
  sinks: [],
  breaches: [],
};

test("each key tells its state, age, end, next rotation and sinks", () => {
  const { expiresAt: _, rotatesAt: __, ...forever } = standing({ name: "forever" });
  const keys = [
    missing,
    standing({
      state: "overlapping",
      retires: [{ id: "k_1", at: "2026-11-22T07:00:00.000Z" }],
      sinks: [
        { slot: "local: path=a", state: "good", generation: 2, writtenAt: "2026-11-01T08:00:00.000Z" },
        { slot: "vault: path=b", state: "stale", generation: 1, writtenAt: "2026-11-21T05:00:00.000Z" },
      ],
      breaches: [{ id: "k_2", message: "lives 90d; the policy allows 30d" }],
    }),
    forever,
    standing({
      name: "late",
      state: "expired",
      expiresAt: "2026-11-21T05:00:00Z",
      rotatesAt: "2026-11-20T05:00:00Z",
    }),
  ];
  expect(renderStatus(aStatus(keys), text)).toBe(
    [
      "NAME     STATE        ROLES      AGE      EXPIRES     ROTATES     LAST4  SINKS",
      "absent   missing      -          -        -           -           -      -",
      "scanner  overlapping  READ_ONLY  20 days  in 70 days  in 39 days  abcd   local: path=a (good, generation 2, written 20 days ago)",
      "                                                                         vault: path=b (stale, generation 1, written 3 h ago)",
      "  replaced key k_1: valid until 2026-11-22 07:00 UTC, in 23 h",
      "  not compliant: k_2 lives 90d; the policy allows 30d",
      "forever  active       READ_ONLY  20 days  never       -           abcd   local: path=ci/scanner (good)",
      "late     expired      READ_ONLY  20 days  3 h ago     due now     abcd   local: path=ci/scanner (good)",
      "",
      "4 keys: 1 active, 1 expired, 1 missing, 1 overlapping",
      "",
    ].join("\n"),
  );
});

test("without keys the status says so, and JSON is the report as it is", () => {
  expect(renderStatus(aStatus([]), text)).toBe("No keys\n");
  const report = aStatus([standing()]);
  expect(JSON.parse(renderStatus(report, { ...text, format: "json" }))).toEqual(report);
});

test("colours tell states apart", () => {
  const shown = renderStatus(aStatus([standing({ state: "expired" }), missing]), { ...text, colors: true });
  expect(shown).toContain("\u001b[31mexpired\u001b[39m");
  expect(shown).toContain("\u001b[33mmissing\u001b[39m");
});

test("G9: what a store says of a key takes no more than its row", () => {
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const key = standing({
        name: hostile,
        roles: [hostile],
        last4: hostile,
        createdAt: hostile,
        expiresAt: hostile,
        sinks: [{ slot: hostile, state: "unknown", writtenAt: hostile }],
        retires: [{ id: hostile, at: hostile }],
        breaches: [{ id: hostile, message: hostile }],
      });
      const shown = renderStatus(aStatus([key]), text);
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(shown.split("\n")).toHaveLength(7);
    }),
  );
});

test("what does not fit beside the other columns is wrapped, and nothing is cut", () => {
  const slot = `github: repository=acme/scanner secret=${"A".repeat(20)}`;
  const sinks = [{ slot, state: "good", generation: 2, writtenAt: "2026-11-20T08:00:00.000Z" } as const];
  const lines = renderStatus(aStatus([standing({ sinks })]), { ...text, width: 120 }).split("\n");
  expect(lines.every((line) => line.length <= 120)).toBe(true);
  const sink = lines.slice(1, -3).map((line) => line.slice(lines[0]?.indexOf("SINKS")).trim());
  expect(sink.join(" ")).toMatch(
    /^github: repository=acme\/scanner secret=A+ \(good, generation 2, written .*\)$/,
  );
});

test("below the keys stand what was applied and who looked for drift, and what is late", () => {
  const report = aStatus([], {
    applied: { at: "2026-11-20T08:00:00.000Z", commit: "0123456789abcdef0123456789abcdef01234567" },
    lastCheck: {
      at: "2026-11-21T07:00:00.000Z",
      by: "ci@host\u001b[31m pid 7",
      result: "incomplete",
      findings: 2,
    },
    lastGoodCheckAt: "2026-11-20T08:00:00.000Z",
    silence: "no check since",
    late: "no good check for drift within 2h",
  });
  expect(renderStatus(report, text)).toBe(
    [
      "No keys",
      "manifests: new ones last applied 2026-11-20 08:00 UTC, the last in full: commit 0123456789ab",
      "drift: last check 1 h ago, incomplete, 2 findings, by ci@host\\u{1b}[31m pid 7; the last that saw everything: 24 h ago",
      "no check since",
      "no good check for drift within 2h",
      "",
    ].join("\n"),
  );
  const { lastGoodCheckAt: _, silence: __, late: ___, applied: ____, ...never } = report;
  expect(renderStatus(never, text)).toMatch(/; the last that saw everything: none\n$/);
});
