import { expect, test } from "vitest";
import type { IntentState, LedgerSummary, OpenIntent } from "../core/ledger-summary.ts";
import { renderLedgerSummary } from "./render-ledger-summary.ts";

const SUMMARY: LedgerSummary = {
  lines: 42,
  runs: 3,
  keys: 2,
  firstAt: "2026-11-01T08:00:00.000Z",
  lastAt: "2026-11-21T08:15:00.000Z",
  head: { sequence: 42, hash: "ab".repeat(32) },
  openIntents: [],
};

const anIntent = (state: IntentState): OpenIntent => ({
  type: "intent",
  run: "20261121T081500Z-7f3a9c",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name: "scanner",
  target: "ak_1",
  state,
});

const render = (summary: LedgerSummary, format: "text" | "json" = "text"): string =>
  renderLedgerSummary(summary, { format, colors: false, instance: "acme", driver: "file" });

test("a whole ledger is told with its head, in the form that --head takes", () => {
  const text = render(SUMMARY);
  expect(text).toMatch(/^The file ledger of acme is whole\n/);
  expect(text).toContain(`  head   42:${"ab".repeat(32)}\n`);
  expect(text).toContain("  first  2026-11-01 08:00 UTC\n");
  expect(text).not.toContain("without an outcome");
});

test("effects that may have been carried out are listed; those of the past are counted", () => {
  const openIntents = [anIntent("not-begun"), anIntent("settled"), anIntent("unknown")];
  const text = render({ ...SUMMARY, openIntents });
  expect(text).toContain("\n2 effects of earlier runs without an outcome");
  expect(text).toContain("\n1 effect that may have been carried out");
  expect(
    text.match(/create-key +scanner \(ak_1\) +2026-11-21 08:15 UTC +20261121T081500Z-7f3a9c\n/g),
  ).toHaveLength(1);
});

test("an empty ledger is told to be empty", () => {
  expect(render({ lines: 0, runs: 0, keys: 0, openIntents: [] })).toBe("The file ledger of acme is empty\n");
});

test("the same for machines", () => {
  expect(JSON.parse(render(SUMMARY, "json"))).toEqual({ instance: "acme", driver: "file", ...SUMMARY });
});

test("G9: a name cannot speak to the terminal", () => {
  const intent = { ...anIntent("unknown"), name: "a\u001b[31m\nb", run: "\u202er" };
  const text = render({ ...SUMMARY, openIntents: [intent] });
  for (const harm of ["\u001b", "\u202e", "a\n"]) expect(text).not.toContain(harm);
});
