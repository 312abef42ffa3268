import { expect, test } from "vitest";
import { inputVariable, type InputName, readInputs } from "./inputs.ts";

const given = (inputs: Partial<Record<InputName, string>>) =>
  readInputs(
    Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [inputVariable(name as InputName), value]),
    ),
  );

test("what is not given has its default", () => {
  expect(given({ mode: "plan" })).toEqual({
    mode: "plan",
    config: "keywright.yaml",
    format: "text",
    comment: "auto",
    allow: [],
    waitMs: 900_000,
    fix: false,
    issue: false,
    failOnDrift: false,
  });
});

test("each input is read", () => {
  const { token, ...inputs } = given({
    mode: "drift",
    config: "./infra/keywright.yaml",
    ref: "next",
    "config-ref": "main",
    format: "json",
    token: "ghs_0123",
    comment: "off",
    "plan-path": "out/plan.json",
    artifact: "plan",
    allow: "a, b\nc",
    "approve-digest": "sha256:00",
    wait: "0m",
    fix: "TRUE",
    issue: "true",
    "fail-on-drift": " true ",
  });
  expect(inputs).toEqual({
    mode: "drift",
    config: "infra/keywright.yaml",
    ref: "next",
    configRef: "main",
    format: "json",
    comment: "off",
    planPath: "out/plan.json",
    artifact: "plan",
    allow: ["a", "b", "c"],
    approveDigest: "sha256:00",
    waitMs: 0,
    fix: true,
    issue: true,
    failOnDrift: true,
  });
  expect(String(token)).toBe("[redacted]");
});

const wrong: readonly (readonly [InputName, string])[] = [
  ["mode", ""],
  ["mode", "Apply"],
  ["format", "yaml"],
  ["comment", "yes"],
  ["wait", "ten minutes"],
  ["fix", "yes"],
  ["config", "../keywright.yaml"],
  ["config", "/etc/keywright.yaml"],
  ["config", "a//b.yaml"],
];

test.each(wrong)("the input %s cannot be %j, and the error says what it can", (name, value) => {
  expect(() => given({ mode: "plan", [name]: value })).toThrow(
    expect.objectContaining({ code: "USAGE", hint: expect.stringMatching(/^it is /) }),
  );
});
