import { expect, test } from "vitest";
import { slotPathFault } from "./slot-path.ts";

test.each(["ci/scanner", "a", ".env", "ci/.hidden", "a b/c", "ü", "x".repeat(200), "...", "a..b"])(
  "%j is a path inside a sink",
  (path) => {
    expect(slotPathFault(path)).toBeUndefined();
  },
);

test.each([
  ["", "is empty"],
  ["/etc/passwd", "is absolute"],
  ["C:x", "is absolute"],
  ["a\\b", "has a backslash"],
  ["a/", "ends with a slash"],
  ["a\0b", "has control characters"],
  ["u\u0308", "is not in Unicode's composed form"],
  ["a//b", "has an empty part"],
  ["./a", "has a part ."],
  ["a/../../x", "has a part .."],
  ["a /b", "has a space at the end of a part"],
  ["ü".repeat(101), "has a part longer than 200 bytes"],
])("the path %j %s", (path, fault) => {
  expect(slotPathFault(path)).toBe(fault);
});
