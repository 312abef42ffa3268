import { expect, test } from "vitest";
import type { Check } from "../core/check.ts";
import type { Diagnosis } from "../core/doctor.ts";
import { renderDiagnosis } from "./render-diagnosis.ts";

const aDiagnosis = (checks: readonly Check[], over: Partial<Diagnosis> = {}): Diagnosis => ({
  apiVersion: "keywright/v1",
  kind: "Diagnosis",
  instance: "acme",
  at: "2026-11-21T12:00:00.000Z",
  result: "ok",
  counts: { ok: checks.length, warning: 0, failed: 0, skipped: 0 },
  checks,
  ...over,
});

const CHECKS: readonly Check[] = [
  { area: "config", name: "node", status: "ok", message: "Node v22.1.0" },
  { area: "credential", name: "own-key", status: "warning", message: "unguarded", hint: "write it down" },
  { area: "clock", name: "skew", status: "skipped", message: "not told" },
  { area: "sink", name: "local: path=ci/entities-scanner", status: "failed", message: "no room" },
];

test("checks stand in columns, with hints below them and a sum at the end", () => {
  const counts = { ok: 1, warning: 1, failed: 1, skipped: 1 };
  expect(renderDiagnosis(aDiagnosis(CHECKS, { counts, result: "failed" }), { format: "text", colors: false }))
    .toBe(`\
✓ config      node             Node v22.1.0
! credential  own-key          unguarded
                               hint: write it down
- clock       skew             not told
✗ sink        local: path=ci/entities-scanner  no room

4 checks: 1 failed, 1 warning, 1 skipped
`);
});

test("where nothing is to be said, that is said", () => {
  const text = renderDiagnosis(aDiagnosis(CHECKS.slice(0, 1)), { format: "text", colors: false });
  expect(text).toMatch(/\n\n1 check: all well\n$/);
});

test("colours are there only when they are asked for", () => {
  const diagnosis = aDiagnosis(CHECKS);
  expect(renderDiagnosis(diagnosis, { format: "text", colors: false })).not.toContain("\u001b");
  expect(renderDiagnosis(diagnosis, { format: "text", colors: true })).toContain("\u001b[31m✗\u001b[39m");
});

test("G9: what a store says of itself cannot speak to the terminal, nor to who reads JSON by eye", () => {
  const message = "it is the key \u001b[2Jak1\n✓ forged \u202e";
  const hostile = aDiagnosis([
    { area: "credential", name: "x\u001b[1m", status: "ok", message, hint: "\u0007" },
  ]);
  for (const format of ["text", "json"] as const) {
    const text = renderDiagnosis(hostile, { format, colors: false });
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).not.toMatch(/^✓ forged/m);
  }
  expect(JSON.parse(renderDiagnosis(hostile, { format: "json", colors: false }))).toEqual(hostile);
});
