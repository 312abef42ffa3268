import { expect, test } from "vitest";
import { createKey } from "../core/key-format.ts";
import type { LiveKey } from "../core/live.ts";
import { INVISIBLE } from "./invisible.ts";
import { aKey, aPlan, NOW } from "./plan.fixture.ts";
import { type ImportReport, renderImport } from "./render-import.ts";
import { renderPlan } from "./render-plan.ts";

const KEY: LiveKey = {
  kind: "ApiKey",
  id: "ak1",
  displayName: "Nightly scan",
  description: "",
  labels: {},
  roles: [],
  last4: "f3a9",
  createdAt: NOW.toISOString(),
  status: "active",
  securityLevel: "standard",
};

const aReport = (over: Partial<ImportReport> = {}): ImportReport => ({
  store: "https://store.example",
  directory: "keys/imported",
  files: [
    { kind: "ApiKey", name: "a", path: "keys/imported/a.yaml", outcome: "written", key: KEY, altered: [] },
    {
      kind: "ApiKey",
      name: "b",
      path: "keys/imported/b.yaml",
      outcome: "kept",
      key: KEY,
      altered: ["labels"],
    },
    { kind: "Role", name: "editor", path: "keys/imported/role-editor.yaml", outcome: "planned", altered: [] },
  ],
  skipped: [{ key: { ...KEY, displayName: "" }, why: "it has expired" }],
  warnings: ["look out"],
  ...over,
});

const text = (report: ImportReport): string => renderImport(report, { format: "text", colors: false });
const json = (report: ImportReport): unknown =>
  JSON.parse(renderImport(report, { format: "json", colors: false }));

test("an import says what it wrote, what it left, what to look out for, and what comes next", () => {
  expect(text(aReport())).toBe(`2 keys into keys/imported
  wrote  keys/imported/a.yaml  ak1 (…f3a9) "Nightly scan"
  kept (it was there before)  keys/imported/b.yaml  ak1 (…f3a9) "Nightly scan"; adopting it changes its labels
  would write  keys/imported/role-editor.yaml  role editor, managed in the store

Left out (1)
  ak1 (…f3a9): it has expired

! look out

Next: look at them; then keywright validate, keywright plan, keywright apply, which adopts them.
`);
});

test("a trial asks for nothing to be looked at, and a reason that keys share is told once", () => {
  const file = {
    kind: "ApiKey",
    name: "a",
    path: "a.yaml",
    outcome: "planned",
    key: KEY,
    altered: [],
  } as const;
  const nameless = { ...KEY, displayName: "", description: `SOAR ${"x".repeat(80)}` };
  const why = "it has expired";
  const skipped = [
    { key: nameless, why },
    { key: { ...KEY, id: "ak2" }, why },
  ];
  expect(text(aReport({ files: [file], skipped, warnings: [] }))).toBe(`1 key into keys/imported
  would write  a.yaml  ak1 (…f3a9) "Nightly scan"

Left out (2)
  it has expired:
    ak1 (…f3a9) "SOAR ${"x".repeat(54)}…"
    ak2 (…f3a9) "Nightly scan"

Nothing was written. Next: the same without --dry-run writes them.
`);
});

test("an import of nothing says so, and promises nothing", () => {
  expect(text(aReport({ files: [], skipped: [], warnings: [] }))).toBe("Nothing to import\n");
});

test("machines get ids and names, and of no key more", () => {
  const { last4: _, ...key } = KEY;
  expect(json(aReport({ skipped: [{ key, why: "it has expired" }] }))).toMatchObject({
    files: [
      { name: "a", outcome: "written", id: "ak1", last4: "f3a9", displayName: "Nightly scan", altered: [] },
      { name: "b", outcome: "kept" },
      { kind: "Role", name: "editor" },
    ],
    skipped: [{ id: "ak1", displayName: "Nightly scan", why: "it has expired" }],
    warnings: ["look out"],
  });
});

test("G9: names from a store do nothing to a terminal, and a key in one is not repeated", () => {
  const secret = createKey(
    { prefix: "kw", environment: "live" },
    { bytes: (n) => new Uint8Array(n).fill(9) },
  );
  const key = { ...KEY, displayName: `\u001b]52;c;aGk=\u0007\u202Eb\u2028\n::error::x ${secret.reveal()}` };
  const report = aReport({ skipped: [{ key, why: "it has expired" }] });
  for (const rendered of [text(report), renderImport(report, { format: "json", colors: false })]) {
    expect(rendered.replaceAll("\n", "")).not.toMatch(new RegExp(INVISIBLE.source, "u"));
    expect(rendered).not.toMatch(/^::/m);
    expect(rendered).toContain("::error::x");
    expect(rendered).not.toContain(secret.reveal());
  }
});

test("a plan tells of an adoption: which key, what changes, and that its value stays where it is", () => {
  const { deliverTo: _, ...rest } = aKey({ name: "scanner" });
  const desired = { ...rest, deliverTo: [], adopt: { id: "ak1" } };
  const ref = { id: "ak1", last4: "f3a9", status: "active", createdAt: NOW.toISOString() } as const;
  const fields = [{ field: "displayName", from: "Old", to: "Scanner" }];
  const plan = aPlan({
    changes: [{ action: "adopt", kind: "ApiKey", name: "scanner", desired, key: ref, fields }],
  });
  const shown = renderPlan(plan, { format: "text", colors: false, now: NOW });
  expect(shown).toContain("⊕ adopt scanner");
  expect(shown).toContain("displayName: Old → Scanner");
  expect(shown).toContain("key: ak1 (…f3a9), made");
  expect(shown).toContain("value: held elsewhere: not rotated before keywright take-custody scanner");
  expect(shown).toContain("1 to adopt, ");
  const markdown = renderPlan(plan, { format: "markdown", colors: false, now: NOW });
  expect(markdown).toContain("| ⊕ | adopt | ApiKey | `scanner` |");
  expect(JSON.parse(renderPlan(plan, { format: "sarif", colors: false, now: NOW }))).toMatchObject({
    runs: [{ results: [] }],
  });
});
