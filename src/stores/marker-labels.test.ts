import { expect, test } from "vitest";
import { isReservedLabel, splitLabels, withMarker } from "./marker-labels.ts";

const MARKER = { instance: "acme-prod", name: "scanner", generation: 3, operation: "7f3a9c2bq4td" };

test("a marker comes back as it went, and leaves the other labels alone", () => {
  const stored = withMarker({ tier: "internal", keywright: "x" }, MARKER);
  expect(splitLabels(stored)).toEqual({ labels: { tier: "internal", keywright: "x" }, marker: MARKER });
});

test.each([
  ["no instance", { "keywright/instance": undefined }],
  ["a generation of zero", { "keywright/generation": "0" }],
  ["a generation that is no number", { "keywright/generation": "1e3" }],
  ["an operation that is too short", { "keywright/operation": "abc" }],
  ["a name in capitals", { "keywright/name": "Scanner" }],
])("a marker with %s is none: the key is foreign", (_name, damage) => {
  const damaged = Object.entries({ ...withMarker({}, MARKER), ...damage }).filter(
    ([, value]) => value !== undefined,
  );
  const stored = Object.fromEntries(damaged) as Record<string, string>;
  expect(splitLabels(stored)).toEqual({ labels: stored });
});

test("the prefix is reserved, and nothing else is", () => {
  expect(["keywright/x", "keywright", "keywrights/x", "Keywright/x"].map(isReservedLabel)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
