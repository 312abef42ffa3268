/** Values from JSON Schemas, as this project's routes use them, and values that no schema asks for. */

import fc from "fast-check";

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Values that the schema allows, or nearly: formats are met, `uniqueItems` mostly. */
export function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema["const"]);
  const choices = schema["enum"];
  if (Array.isArray(choices)) return fc.constantFrom<unknown>(...(choices as unknown[]));
  const branches = schema["oneOf"] ?? schema["anyOf"];
  if (Array.isArray(branches)) return fc.oneof(...(branches as JsonSchema[]).map(arbitraryOf));
  const types = [schema["type"] ?? "object"].flat() as string[];
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return stringOf(schema);
    case "integer":
      return fc.integer({ min: number(schema["minimum"], 0), max: number(schema["maximum"], 1_000_000) });
    case "number":
      return fc.double({
        min: number(schema["minimum"], 0),
        max: number(schema["maximum"], 1e6),
        noNaN: true,
      });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(arbitraryOf((schema["items"] ?? { type: "string" }) as JsonSchema), {
        minLength: number(schema["minItems"], 0),
        maxLength: Math.min(number(schema["maxItems"], 4), 4),
      });
    default:
      return objectOf(schema);
  }
}

function stringOf(schema: JsonSchema): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  if (typeof pattern === "string") return matching(pattern);
  if (format === "instant" || format === "date-time") {
    const min = new Date("2026-11-21T09:00:00Z");
    return fc
      .date({ min, max: new Date("2028-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  const minLength = number(schema["minLength"], 0);
  return fc.string({
    unit: "grapheme",
    minLength,
    maxLength: Math.max(minLength, Math.min(number(schema["maxLength"], 20), 40)),
  });
}

/** The library knows no lookahead: what follows one is drawn, and what it forbids is thrown away. */
function matching(pattern: string): fc.Arbitrary<string> {
  const whole = new RegExp(pattern, "u");
  const drawn = new RegExp(pattern.replaceAll(/\(\?[=!](?:[^()]|\([^()]*\))*\)/g, ""), "u");
  return fc.stringMatching(drawn, { size: "small" }).filter((text) => whole.test(text));
}

function objectOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  const required = (schema["required"] ?? []) as string[];
  const known = fc.record(
    Object.fromEntries(properties.map(([name, each]) => [name, memberOf(name, each)])),
    {
      requiredKeys: properties.map(([name]) => name).filter((name) => required.includes(name)),
    },
  );
  const additional = schema["additionalProperties"];
  if (typeof additional !== "object" || additional === null) return known;
  const names = (schema["propertyNames"] ?? { type: "string" }) as JsonSchema;
  const more = fc.dictionary(
    arbitraryOf(names) as fc.Arbitrary<string>,
    arbitraryOf(additional as JsonSchema),
    {
      maxKeys: 3,
    },
  );
  return fc.tuple(more, known).map(([extra, own]) => ({ ...extra, ...own }));
}

/** Mostly what a schema alone cannot tell: roles that exist, times that are not over. */
function memberOf(name: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  const drawn = arbitraryOf(schema);
  const sensible = sensibleMember(name, JSON.stringify(schema));
  return sensible ? fc.oneof({ weight: 3, arbitrary: sensible }, { weight: 1, arbitrary: drawn }) : drawn;
}

const FIRST_TIME = Date.parse("2026-11-22T00:00:00Z");
const DAY_MS = 86_400_000;

function sensibleMember(name: string, schema: string): fc.Arbitrary<unknown> | undefined {
  if (name === "expiration" && schema.includes("integer")) {
    return fc.integer({ min: FIRST_TIME + DAY_MS, max: FIRST_TIME + 100 * DAY_MS });
  }
  if (name !== "roles") return undefined;
  if (schema.includes("DEFAULT")) return fc.constant([{ type: "DEFAULT", role: "USER" }]);
  if (schema.includes("custom")) return fc.constant([{ type: "default", role: "READ_ONLY" }]);
  return fc.constantFrom(["Viewer"], ["READ_ONLY"]);
}

const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

/** What breaks programs. */
export const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  "",
  " ",
  "\u0000",
  "\r\nx: y",
  "\u202e\u2028",
  "\ud800",
  "é".repeat(300),
  "A".repeat(5_000),
  "../../etc/passwd",
  "' or 1=1 --",
  "%00",
  "${7*7}{{7*7}}",
  "9999-99-99T99:99:99Z",
  "1970-01-01T00:00:00Z",
  [],
  {},
  [[[[[[]]]]]],
  JSON.parse('{"__proto__": {"admin": true}}') as unknown,
  { constructor: { prototype: { x: 1 } } },
  Array.from({ length: 200 }, (_, index) => index),
];

const hostile = fc.constantFrom(...HOSTILE);
const strangeName = fc.constantFrom(
  "__proto__",
  "constructor",
  "cid",
  "last4",
  "hash",
  "id",
  "",
  "x".repeat(300),
);

/** Values of the arbitrary with one member or the whole replaced by something hostile, one left out or one added. */
export const mutated = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(arbitrary, hostile, strangeName, fc.nat(), fc.constantFrom("replace", "drop", "add", "all"))
    .map(([value, bad, name, pick, how]) => {
      if (how === "all" || typeof value !== "object" || value === null) return bad;
      const entries = Object.entries(value);
      if (how === "add") return asJson([...entries, [name, bad]]);
      const at = entries.length === 0 ? -1 : pick % entries.length;
      if (how === "drop") return asJson(entries.filter((_, index) => index !== at));
      return asJson(entries.map(([key, old], index) => [key, index === at ? bad : old]));
    });

/** Names such as `__proto__` stay members, as in a parsed text. */
const asJson = (entries: readonly (readonly [string, unknown])[]): unknown =>
  JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? "null"}`).join(",")}}`,
  );
