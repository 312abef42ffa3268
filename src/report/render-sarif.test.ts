import * as fc from "fast-check";
import { expect, test } from "vitest";
import { aBlocked, aKey, aPlan, aRevocation, aRotation, hostileText, NOW } from "./plan.fixture.ts";
import { renderIssues } from "./render-issues.ts";
import { renderPlan } from "./render-plan.ts";

interface Log {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly name: string;
        readonly rules: readonly {
          readonly id: string;
          readonly shortDescription: { readonly text: string };
          readonly fullDescription: { readonly text: string };
          readonly help: { readonly text: string };
        }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number; readonly startColumn: number };
        };
      }[];
    }[];
  }[];
}

/** Parses a log and checks the members that SARIF 2.1.0 requires, and those that GitHub requires beyond it. */
function checked(sarif: string): Log["runs"][number] {
  const log = JSON.parse(sarif) as Log;
  expect(log.version).toBe("2.1.0");
  const [run] = log.runs;
  if (!run || log.runs.length > 1) throw new Error("one run is expected");
  const { rules, name } = run.tool.driver;
  expect(name).toBe("Keywright");
  for (const rule of rules) {
    for (const { text } of [rule.shortDescription, rule.fullDescription, rule.help])
      expect(text).not.toBe("");
  }
  for (const { ruleId, ruleIndex, level, message, locations } of run.results) {
    expect(rules[ruleIndex]?.id).toBe(ruleId);
    expect(["error", "warning", "note"]).toContain(level);
    expect(message.text).not.toBe("");
    const place = locations[0]?.physicalLocation;
    expect(place?.artifactLocation.uri).toMatch(/^[!-~]+$/);
    expect(place?.region.startLine).toBeGreaterThanOrEqual(1);
    expect(place?.region.startColumn).toBeGreaterThanOrEqual(1);
  }
  return run;
}

const sarifOf = (plan: ReturnType<typeof aPlan>): string =>
  renderPlan(plan, { format: "sarif", colors: false, now: NOW });

test("a plan's refusals and what it leaves alone are SARIF results at their lines", () => {
  const violation = {
    guard: "protected-key",
    message: "refused",
    hint: "name it",
    names: ["gone", "scanner"],
  };
  const run = checked(
    sarifOf(
      aPlan({
        changes: [aRevocation({ name: "gone" }), aRotation({ desired: aKey() })],
        blocked: [aBlocked(), aBlocked({ code: "ROLE_BLOCKED", name: "b" })],
        violations: [
          { ...violation, guard: "protected-key" },
          { ...violation, guard: "empty-desired-set", names: [] },
        ],
      }),
    ),
  );
  const told = run.results.map(({ ruleId, level, message, locations }) => {
    const { artifactLocation, region } = locations[0]?.physicalLocation ?? {};
    return `${level} ${ruleId} ${artifactLocation?.uri}:${region?.startLine} ${message.text}`;
  });
  expect(told).toEqual([
    "error protected-key keys/scanner.yaml:3 refused (hint: name it)",
    "error empty-desired-set keywright.yaml:1 refused (hint: name it)",
    "warning MARKER_AMBIGUOUS keys/copied.yaml:7 copied: two live keys carry one marker: k_1 and k_2 (hint: remove the marker from one)",
    "warning ROLE_BLOCKED keys/copied.yaml:7 b: two live keys carry one marker: k_1 and k_2 (hint: remove the marker from one)",
  ]);
});

test("a plan without faults is a SARIF log without results", () => {
  expect(checked(sarifOf(aPlan({ changes: [aRotation()] }))).results).toEqual([]);
});

test("G9: hostile issues stay valid SARIF, without links of their own", () => {
  fc.assert(
    fc.property(hostileText(), hostileText(), (text, file) => {
      const at = { file: `a/${file}`, line: 0, column: 0 };
      const issue = { code: `C${text}`, severity: "error", message: `m${text}`, at } as const;
      const sarif = renderIssues([issue], { format: "sarif", colors: false });
      expect(sarif).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      const [result] = checked(sarif).results;
      expect(result?.message.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(result?.message.text.replaceAll(/\\[\\[\]]/g, "")).not.toMatch(/[[\]]/);
    }),
  );
});

function uriOf(file: string): string | undefined {
  const issue = { code: "X", severity: "warning", message: "m", at: { file, line: 1, column: 1 } } as const;
  const [result] = checked(renderIssues([issue], { format: "sarif", colors: false })).results;
  return result?.locations[0]?.physicalLocation.artifactLocation.uri;
}

test("a path is a URI: relative, or with a scheme where it is absolute", () => {
  expect(uriOf("keys/a b:c#d%.yaml")).toBe("keys/a%20b%3Ac%23d%25.yaml");
  expect(uriOf("/etc/keywright.yaml")).toBe("file:///etc/keywright.yaml");
});
