import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createOperation } from "./operation.ts";

test("an operation is 12 characters of base 32, five bits from each byte", () => {
  const bytes = Uint8Array.from([0, 1, 10, 31, 32, 33, 255, 254, 128, 64, 9, 200]);
  expect(createOperation({ bytes: (length) => bytes.slice(0, length) })).toBe("01av01vu0098");
});

test("no two operations are the same", () => {
  const random = { bytes: (length: number) => randomBytes(length) };
  const operations = Array.from({ length: 10_000 }, () => createOperation(random));
  expect(new Set(operations).size).toBe(10_000);
  expect(operations.every((operation) => /^[0-9a-v]{12}$/.test(operation))).toBe(true);
});
