/** Requests to an operation: good ones, nearly good ones and nonsense. */

import fc from "fast-check";
import type { Operation, Parameter } from "./api-description.fixture.ts";
import { HOSTILE, arbitraryOf, mutated } from "./schema-arbitrary.fixture.ts";

export interface FuzzRequest {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  /** For each path parameter: which of the ids that were seen takes its place; undefined: none. */
  readonly pick: number | undefined;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly who: "administrator" | "reader" | "user" | "nobody" | "garbage";
}

const hostileText = fc
  .constantFrom(...HOSTILE)
  .map((value) => (typeof value === "string" ? value : JSON.stringify(value)));

const oneIn = <T>(count: number, rare: fc.Arbitrary<T>, usual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: rare }, { weight: count - 1, arbitrary: usual });

export const requestTo = (operation: Operation): fc.Arbitrary<FuzzRequest> =>
  fc.record({
    operation: fc.constant(operation),
    path: pathOf(operation),
    pick: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
    query: queryOf(operation),
    headers: headersOf(operation),
    body: bodyOf(operation),
    // Only users have tokens of their own.
    who: fc.constantFrom(...(operation.path.startsWith("/v1/tokens") ? USERS : WHO)),
  });

const WHO = [
  ...Array.from({ length: 14 }, () => "administrator" as const),
  "reader",
  "user",
  "nobody",
  "garbage",
] as const;

const USERS = ["user", "user", "user", "administrator", "nobody"] as const;

const ofKind = ({ parameters }: Operation, kind: Parameter["in"]): readonly Parameter[] =>
  parameters.filter((parameter) => parameter.in === kind);

const textOf = ({ schema = { type: "string" } }: Parameter): fc.Arbitrary<string> =>
  oneIn(4, hostileText, arbitraryOf(schema).map(asText));

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function pathOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const described = new Map(ofKind(operation, "path").map((parameter) => [parameter.name, parameter]));
  return fc.record(
    Object.fromEntries(names.map((name) => [name, textOf(described.get(name) ?? { name, in: "path" })])),
  );
}

function queryOf(operation: Operation): fc.Arbitrary<[string, string][]> {
  const parameters = ofKind(operation, "query");
  const each = parameters.map((parameter) =>
    fc
      .tuple(
        parameter.required ? oneIn(10, fc.constant(false), fc.constant(true)) : fc.boolean(),
        textOf(parameter),
      )
      .map(([isThere, value]): [string, string][] => (isThere ? [[parameter.name, value]] : [])),
  );
  const surplus = oneIn(
    20,
    hostileText.map((value): [string, string][] => [["surplus", value]]),
    fc.constant<[string, string][]>([]),
  );
  return fc.tuple(surplus, ...each).map((parts) => parts.flat());
}

/** Unicode does not travel in headers; what a client cannot send is not asked. */
function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const each = ofKind(operation, "header").map((parameter) =>
    fc
      .tuple(oneIn(5, fc.constant(false), fc.constant(parameter.required === true)), textOf(parameter))
      .map(([isThere, value]): [string, string][] =>
        isThere
          ? [[parameter.name.toLowerCase(), value.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 2_000)]]
          : [],
      ),
  );
  return fc.tuple(...each).map((parts) => Object.fromEntries(parts.flat()));
}

function bodyOf({ body }: Operation): fc.Arbitrary<string | undefined> {
  const nothing = fc.constant<string | undefined>(undefined);
  if (!body) return oneIn(10, hostileText, nothing);
  const good = arbitraryOf(body);
  return fc.oneof(
    { weight: 10, arbitrary: good.map((value) => JSON.stringify(value)) },
    { weight: 6, arbitrary: mutated(good).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: good.map((value) => JSON.stringify(value).slice(0, -1)) },
    { weight: 1, arbitrary: hostileText },
    { weight: 1, arbitrary: nothing },
  );
}
