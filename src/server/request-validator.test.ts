import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test, vi } from "vitest";
import { createRequestValidator } from "./request-validator.ts";

const schemaOf = (method: string) => ({ schema: { type: "object" }, method, url: "/", httpPart: "body" });

test("a schema is compiled once in a process, however many apps have copies of it", () => {
  const compile = vi.spyOn(Ajv2020.prototype, "compile");
  const apps = [createRequestValidator(), createRequestValidator(), createRequestValidator()];
  const validators = apps.map((compilerOf) => compilerOf(schemaOf("POST")));
  expect(validators.map((validate) => validate([]))).toEqual([false, false, false]);
  expect(validators.map(({ errors }) => errors?.[0]?.keyword)).toEqual(["type", "type", "type"]);
  expect(validators[0]?.({})).toBe(true);
  expect(validators.map(({ errors }) => errors?.length)).toEqual([undefined, 1, 1]);
  expect(compile).toHaveBeenCalledTimes(1);
  compile.mockRestore();
});
