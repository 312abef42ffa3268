/** `test/security.md` tells the truth: each check it lists has tests of that name in the files it names. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const rows = readFileSync(`${ROOT}test/security.md`, "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, id, tests] = /^\| ([ACGSI]\d+)\s+\|[^|]+\|([^|]+)\|$/.exec(line) ?? [];
    const files = [...(tests ?? "").matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? "");
    return id === undefined ? [] : [{ id, files }];
  });

test("the table has its rows", () => {
  expect(rows.length).toBeGreaterThan(30);
});

test.each(rows)("$id has tests in each file that the table names", ({ id, files }) => {
  expect(files).not.toEqual([]);
  const isNamed = new RegExp(`["'\`,/ ]${id}[:, ]`);
  const missing = files.filter(
    (file) => !existsSync(ROOT + file) || !isNamed.test(readFileSync(ROOT + file, "utf8")),
  );
  expect(missing).toEqual([]);
});
