import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../core/error.ts";
import { describeSlot } from "../sinks/open-sink.ts";
import type { SinkFacts } from "../manifests/build-context.ts";
import { buildDesired } from "../manifests/build-desired.ts";
import { parseConfig } from "./parse-config.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Blocks in the order of the page, with what stands behind `yaml`. */
const blocks = [...read("docs/manifests.md").matchAll(/^```yaml ?(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, note = "", text = ""]) => ({ note, text }),
);

test("the configurations in the documentation are valid, and its manifests too, all together", () => {
  const configs = blocks.filter(({ text }) => text.includes("kind: Config"));
  const readings = configs.map(({ text }) =>
    parseConfig(text, { file: "keywright.yaml", directory: "/repo" }),
  );
  expect(readings.flatMap(({ issues }) => issues)).toEqual([]);
  const config = readings[0]?.config;
  if (!config) throw new Error("there is a configuration");
  const sinks = new Map<string, SinkFacts>(
    [...config.sinks].map(([name, sink]) => [
      name,
      { driver: sink.driver, fields: describeSlot(sink.driver, sink) },
    ]),
  );
  const files = blocks
    .filter((block) => !configs.includes(block))
    .map(({ note, text }, index) => ({
      path: `${index}.yaml`,
      text,
      layer: note === "overlay" ? 1 + index : 0,
    }));
  const context = {
    instance: config.instance,
    defaults: config.defaults,
    sinks,
    now: new Date("2026-11-21T08:00:00Z"),
  };
  const { built, issues } = buildDesired(files, context);
  expect(issues).toEqual([]);
  expect(built?.desired.keys[0]?.expires).toEqual({ type: "after", ms: 30 * 86_400_000 });
  expect([configs.length, files.length]).toEqual([2, 8]);
});

const [page = "", planPage = ""] = read("docs/errors.md").split("\n## In a plan\n");
const documented = [...page.matchAll(/^\| `([A-Z0-9_]+)` +\|/gm)].map(([, code]) => code);

test("every issue code is documented once, and no other", () => {
  const folders = ["src/manifests", "src/sources", "src/config"];
  const sources = folders.flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url))
      .filter((name) => name.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(name))
      .map((name) => read(`${folder}/${name}`)),
  );
  const prefix =
    "FILE|TEXT|KEY|YAML|SCHEMA|ISSUES|MANIFEST|NAME|ROLE|EXPIRY|ROTATION|SINK|SLOT|POLICY|SOURCE|CONFIG|SECRET|ALLOWLIST|ADOPTION";
  const used = sources.flatMap((text) =>
    [...text.matchAll(new RegExp(`"((?:${prefix})_[A-Z0-9_]+)"`, "g"))].map(([, code]) => code),
  );
  const issues = [...new Set(used)].filter((code) => code !== undefined && !(code in ERROR_CODES));
  const table = documented.filter((code) => code !== undefined && !(code in ERROR_CODES));
  expect(new Set(table)).toEqual(new Set(issues));
  expect(table).toHaveLength(issues.length);
});

test("every error is documented with its exit code", () => {
  const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` +\|.*\| (\d) +\|$/gm)].map(([, code, exit]) => [
    code,
    Number(exit),
  ]);
  expect(Object.fromEntries(rows)).toEqual(ERROR_CODES);
});

test("every code that a plan can hold is documented, and no other", () => {
  const plan = JSON.parse(read("schemas/plan.schema.json")) as PlanSchema;
  const { violations, notices } = plan.properties;
  const codes = [
    ...plan.$defs.blocked.properties.code.enum,
    ...violations.items.properties.guard.enum,
    ...notices.items.properties.code.enum,
  ];
  const rows = [...planPage.matchAll(/^\| `([A-Za-z_-]+)` +\|/gm)].map(([, code]) => code);
  expect(new Set(rows)).toEqual(new Set(codes));
  expect(rows).toHaveLength(codes.length);
});

interface Names {
  readonly enum: readonly string[];
}

interface PlanSchema {
  readonly $defs: { readonly blocked: { readonly properties: { readonly code: Names } } };
  readonly properties: {
    readonly violations: { readonly items: { readonly properties: { readonly guard: Names } } };
    readonly notices: { readonly items: { readonly properties: { readonly code: Names } } };
  };
}
