import fc from "fast-check";
import { expect, test } from "vitest";
import { splitMarker, withMarker } from "./text-marker.ts";

const marker = { instance: "acme-prod", name: "entities-scanner", generation: 3, operation: "7f3a9c2bq4ud" };

test("a marker ends the description and comes back as it was, after any text", () => {
  expect(withMarker("Scans", marker)).toBe("Scans [kw acme-prod/entities-scanner g3 7f3a9c2bq4ud]");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (description) => {
      expect(splitMarker(withMarker(description, marker))).toEqual({ description, marker });
    }),
  );
});

test.each([
  "Scans",
  "Scans [kw acme-prod/entities-scanner g3 7f3a9c2bq4ud] and more",
  "Scans[kw acme-prod/entities-scanner g3 7f3a9c2bq4ud]",
  "[kw acme-prod g3 7f3a9c2bq4ud]",
  "[kw acme-prod/entities-scanner g0 7f3a9c2bq4ud]",
  "[kw acme-prod/entities-scanner g3 7F3A9C2BQ4UD]",
  "[kw acme-prod/entities-scanner g3 short]",
  "[kw Acme/x g3 7f3a9c2bq4ud]",
])("what is no whole marker at the end is text: %j", (description) => {
  expect(splitMarker(description)).toEqual({ description });
});

test("G12: a long description is read in linear time", () => {
  expect(splitMarker(" [kw ".repeat(200_000)).marker).toBeUndefined();
});
