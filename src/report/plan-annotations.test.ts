import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostileIssues, hostilePlan } from "./hostile-plan.fixture.ts";
import { issueAnnotations, planAnnotations } from "./plan-annotations.ts";
import { workflowCommand } from "./workflow-command.ts";
import { aBlocked, aCreate, aKey, aPlan, aRevocation, hostileText } from "./plan.fixture.ts";

const place = { path: "keys/scanner.yaml", startLine: 3, startColumn: 1 };

test("refusals, what is left alone, and risks are told at the line that says so, by how bad they are", () => {
  const plan = aPlan({
    changes: [aCreate(), aRevocation()],
    violations: [
      {
        guard: "protected-key",
        message: "it is protected",
        hint: "allow it by name",
        names: ["gone", "scanner"],
      },
      { guard: "own-key", message: "that is ours", hint: "keep it", names: ["retired"] },
    ],
    blocked: [aBlocked(), aBlocked({ name: "nowhere" })].map(({ at, ...blocked }) =>
      blocked.name === "nowhere" || !at ? blocked : { ...blocked, at },
    ),
    risks: [
      { class: "first-admin", kind: "ApiKey", name: "scanner", message: "scanner: it may do everything" },
      { class: "production-revocation", kind: "ApiKey", name: "retired", message: "it ends" },
      { class: "expiry-lengthened", kind: "ApiKey", name: "scanner", message: "scanner: 90d to 300d" },
      { class: "expiry-lengthened", kind: "Role", name: "scanner", message: "of another kind" },
    ],
  });
  expect(planAnnotations(plan)).toEqual([
    {
      ...place,
      level: "failure",
      title: "protected-key",
      message: "it is protected\nhint: allow it by name",
    },
    {
      path: "keys/copied.yaml",
      startLine: 7,
      startColumn: 3,
      level: "warning",
      title: "MARKER_AMBIGUOUS",
      message: "copied: two live keys carry one marker: k_1 and k_2\nhint: remove the marker from one",
    },
    {
      ...place,
      level: "warning",
      title: "high risk: first admin",
      message: "scanner: it may do everything",
    },
    {
      ...place,
      level: "notice",
      title: "elevated risk: expiry lengthened",
      message: "scanner: 90d to 300d",
    },
  ]);
});

test("faults of manifests are told by file and line; those without a place are not", () => {
  const at = { file: "keys/b.yaml", line: 2, column: 5 };
  const issues = [
    { code: "NO_MANIFESTS", severity: "error", message: "no file" },
    { code: "ROLE_UNUSED", severity: "warning", message: "no key has it", at },
    {
      code: "UNKNOWN",
      severity: "error",
      message: "unknown field",
      hint: "remove it",
      at: { ...at, file: "a.yaml" },
    },
  ] as const;
  expect(issueAnnotations(issues)).toEqual([
    {
      path: "a.yaml",
      startLine: 2,
      startColumn: 5,
      level: "failure",
      title: "UNKNOWN",
      message: "unknown field\nhint: remove it",
    },
    {
      path: "keys/b.yaml",
      startLine: 2,
      startColumn: 5,
      level: "warning",
      title: "ROLE_UNUSED",
      message: "no key has it",
    },
  ]);
});

test("an annotation is as long as GitHub takes it, and begins at a line that there can be", () => {
  const [annotation] = planAnnotations(
    aPlan({
      changes: [aCreate({ desired: aKey({ origin: { file: "a.yaml", line: 0, column: 0 } }) })],
      risks: [{ class: "first-admin", kind: "ApiKey", name: "scanner", message: "x".repeat(100_000) }],
    }),
  );
  expect(annotation).toMatchObject({ startLine: 1, startColumn: 1 });
  expect(annotation?.message).toHaveLength(4_000);
});

test("G9, G11: no text of a manifest or store makes another command, a line or a control", () => {
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const annotations = [
        ...planAnnotations(hostilePlan(hostile)),
        ...issueAnnotations(hostileIssues(hostile)),
      ];
      expect(annotations.map(({ level }) => level)).toEqual(["failure", "warning", "warning", "failure"]);
      for (const { path, title, message } of annotations) {
        for (const text of [path, title, message.replace("\nhint: ", "")])
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        const command = workflowCommand("warning", { file: path, title }, message.split("\n"));
        expect(command).toMatch(/^::warning file=/);
        expect(command).not.toContain("\n");
      }
    }),
  );
});
