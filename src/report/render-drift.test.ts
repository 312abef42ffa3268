import fc from "fast-check";
import { expect, test } from "vitest";
import type { DriftReport } from "../core/drift/drift-report.ts";
import { DRIFT_CLASSES, type Finding } from "../core/drift/finding.ts";
import { validatorOf } from "../schema.ts";
import { hostileText } from "./plan.fixture.ts";
import { renderDrift } from "./render-drift.ts";

const finding = (over: Partial<Finding> = {}): Finding => ({
  class: "altered",
  kind: "ApiKey",
  name: "scanner",
  id: "ak1",
  generation: 3,
  message: "not as it was applied: owner",
  fields: [{ field: "owner", from: "me", to: "platform" }],
  response: "report",
  key: "altered/ApiKey/scanner/g3",
  ...over,
});

const aReport = (over: Partial<DriftReport> = {}): DriftReport => {
  const findings = over.findings ?? [finding()];
  const of = (response: Finding["response"]): number =>
    findings.filter((each) => each.response === response).length;
  return {
    apiVersion: "keywright/v1",
    kind: "Drift",
    instance: "acme",
    store: "embedded:ks_1",
    checkedAt: "2026-11-21T08:00:00.000Z",
    source: { type: "git", location: "https://git.example/keys", commit: "a".repeat(40) },
    manifestDigest: `sha256:${"0".repeat(64)}`,
    appliedAt: "2026-11-20T08:00:00.000Z",
    appliedCommit: "b".repeat(40),
    foreignKnownAt: "2026-11-01T08:00:00.000Z",
    findings,
    due: [],
    unread: [],
    counts: { fix: of("fix"), report: of("report"), ignore: of("ignore"), due: over.due?.length ?? 0 },
    ...over,
  };
};

const EVERYTHING = aReport({
  findings: [
    finding({ class: "missing", response: "fix", message: "key ak1 is gone from the store", fields: [] }),
    finding(),
    {
      class: "foreign",
      kind: "ApiKey",
      id: "x1",
      message: "m",
      hint: "h",
      response: "report",
      key: "foreign/ApiKey/x1",
    },
    {
      class: "foreign",
      kind: "ApiKey",
      id: "x2",
      message: "m",
      hint: "h",
      response: "report",
      key: "foreign/ApiKey/x2",
    },
    finding({ class: "not-compliant", response: "ignore", message: "never shown" }),
    {
      class: "altered",
      kind: "Role",
      name: "editor",
      message: "r",
      response: "report",
      key: "altered/Role/editor",
    },
    {
      class: "unapplied-commit",
      kind: "Manifests",
      message: "commit aaaaaaaaaaaa is not applied: 1 change waits",
      details: ["create ApiKey new"],
      response: "report",
      key: "unapplied-commit/000000000000",
    },
  ],
  due: [
    { action: "rotate", kind: "ApiKey", name: "old", message: "due since today" },
    { action: "revoke", kind: "Role", name: "gone", message: "no longer declared" },
  ],
  unread: ["vault: path=x could not be read: no route"],
});

const text = (report: DriftReport, colors = false): string => renderDrift(report, { format: "text", colors });
const markdown = (report: DriftReport, maxLength?: number): string =>
  renderDrift(report, { format: "markdown", colors: false, ...(maxLength !== undefined && { maxLength }) });

test("as text: a table for each class, once its hint, what is due, and what was not looked at", () => {
  expect(text(EVERYTHING)).toBe(`Drift of acme
  store      embedded:ks_1
  source     https://git.example/keys at aaaaaaaaaaaa
  manifests  new ones last applied 2026-11-20 08:00 UTC, the last in full: commit bbbbbbbbbbbb

Gone from the store (missing: 1)
  fix  scanner  ak1  key ak1 is gone from the store

Altered in the store (altered: 2)
  report  scanner      ak1  not as it was applied: owner
          owner: me → platform
  report  Role editor  -    r

Made by others, unknown here (foreign: 2)
  report  -  x1  m
  report  -  x2  m
  hint: h

Not applied (unapplied-commit: 1)
  report  manifests  -  commit aaaaaaaaaaaa is not applied: 1 change waits
          · create ApiKey new

Due by schedule, no drift
  ↻ rotate old: due since today
  - revoke Role gone: no longer declared

Could not be looked at
  ! vault: path=x could not be read: no route

Drift: 5 findings to report, 1 to fix; 1 ignored; 2 due by schedule; 1 not looked at.
`);
});

test("no drift is one line, and what nobody has said yet is said", () => {
  const {
    appliedAt: _,
    appliedCommit: __,
    ...report
  } = aReport({ findings: [], source: { type: "directory", location: "." } });
  expect(text(report)).toBe(
    "Drift of acme\n  store      embedded:ks_1\n  source     .\n  manifests  no run has said yet what it applied\n\nNo drift.\n",
  );
});

test("colours are only for terminals", () => {
  expect(text(EVERYTHING)).not.toContain("\u001b[");
  expect(text(EVERYTHING, true)).toContain("\u001b[31mreport\u001b[39m");
});

test("a long list is cut for people, and not for machines", () => {
  const findings = Array.from({ length: 60 }, (_, i) =>
    finding({ name: `key-${i}`, details: Array.from({ length: 70 }, String) }),
  );
  const shown = text(aReport({ findings }));
  expect(shown).toContain("  … and 10 more; -f json has all");
  expect(shown).toContain("          … and 20 more");
  expect(JSON.parse(renderDrift(aReport({ findings }), { format: "json", colors: false }))).toEqual(
    aReport({ findings }),
  );
});

test("as JSON: what the schema says", () => {
  const validate = validatorOf("Drift");
  expect(
    validate(JSON.parse(renderDrift(EVERYTHING, { format: "json", colors: false }))),
    JSON.stringify(validate.errors),
  ).toBe(true);
  expect(validate({ ...EVERYTHING, secret: "x" })).toBe(false);
});

test("as Markdown: a table for each class", () => {
  const page = markdown(EVERYTHING);
  expect(page).toContain(
    "**Drift: 5 findings to report, 1 to fix; 1 ignored; 2 due by schedule; 1 not looked at.**\n",
  );
  expect(page).toContain("**Altered in the store** (`altered`)\n\n| | What | Id | Finding |\n");
  expect(page).toContain(
    "| report | `scanner` | `ak1` | not as it was applied: owner<br>`owner: me → platform` |\n",
  );
  expect(page).toContain("- rotate ApiKey `old`: due since today\n");
  expect(page).not.toContain("never shown");
});

const hostileReport = (hostile: string): DriftReport =>
  aReport({
    instance: hostile,
    store: hostile,
    source: { type: "git", location: hostile, commit: hostile },
    findings: DRIFT_CLASSES.map((name) =>
      finding({
        class: name,
        name: hostile,
        id: hostile,
        message: hostile,
        hint: hostile,
        fields: [{ field: hostile, from: hostile, to: hostile }],
        details: [hostile],
      }),
    ),
    due: [{ action: "rotate", kind: "ApiKey", name: hostile, message: hostile }],
    unread: [hostile],
  });

const withoutCode = (line: string): string => line.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
const decoded = (line: string): string =>
  line.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

const shape = (page: string): readonly number[] => page.split("\n").map((line) => line.split("|").length);

test("G9, G10: no text of a store or a manifest shapes the report, mentions anyone or links to anything", () => {
  const plain = [shape(markdown(hostileReport("x"))), text(hostileReport("x")).split("\n").length];
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const page = markdown(hostileReport(`x${hostile}`));
      const shown = text(hostileReport(`x${hostile}`));
      expect(page + shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(shown.split("\n").length).toBe(plain[1]);
      expect(shape(page)).toEqual(plain[0]);
      for (const line of page.split("\n")) {
        const seen = withoutCode(line).replaceAll("<br>", " ");
        expect(seen).not.toMatch(/[<`[\]\\~$]|!\[/);
        expect(decoded(seen)).not.toMatch(/[@#][\p{L}\p{N}]|\bGH-\d|:\/\/|\bwww\./iu);
      }
    }),
    { numRuns: 300 },
  );
});

test("G10: a long report is cut between rows and says what is missing", () => {
  const findings = Array.from({ length: 3000 }, (_, i) => finding({ name: `key-${i}` }));
  const page = markdown(aReport({ findings }));
  expect(page.length).toBeLessThanOrEqual(65_536);
  const rows = page.split("\n").filter((line) => line.startsWith("| report"));
  expect(rows.every((row) => row.split("|").length === 6)).toBe(true);
  expect(page).toContain(`Not shown: ${3000 - rows.length} of 3000 of altered.`);
  expect(markdown(aReport({ findings }), 9_000).length).toBeLessThanOrEqual(9_000);
});
