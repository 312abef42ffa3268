import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { INPUTS, MODES } from "./inputs.ts";
import { OUTPUTS } from "./outputs.ts";

interface ActionFile {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
}

const action = parse(readFileSync(new URL("../../action.yml", import.meta.url), "utf8")) as ActionFile;

test("action.yml declares the inputs that the code reads, with their defaults", () => {
  const declared = Object.entries(action.inputs).map(([name, input]) => [name, input.default] as const);
  expect(Object.fromEntries(declared)).toEqual(INPUTS);
  expect(Object.entries(action.inputs).filter(([, { required }]) => required)).toHaveLength(1);
  expect(action.inputs["mode"]?.required).toBe(true);
});

test("action.yml declares the outputs that the code sets", () => {
  expect(Object.keys(action.outputs)).toEqual([...OUTPUTS]);
});

test("action.yml runs the bundle on Node 24, and describes everything it has", () => {
  expect(action.runs).toEqual({ using: "node24", main: "action/index.mjs" });
  for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)])
    expect(description).toMatch(/\.$/);
});

test("the page about the Action describes each mode, input and output", () => {
  const page = readFileSync(new URL("../../docs/action.md", import.meta.url), "utf8");
  for (const name of [...MODES, ...Object.keys(INPUTS), ...OUTPUTS]) expect(page).toContain(`\`${name}\``);
});
