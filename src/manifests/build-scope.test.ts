import { expect, test } from "vitest";
import { buildDesired } from "./build-desired.ts";
import { aContext, aFile, aKey, readTexts, told } from "./manifest.fixture.ts";

const withScope = (scope: string) => aKey({ spec: `scope: ${scope}` });

const scopeOf = (text: string) => readTexts([text]).built?.desired.keys[0]?.scope;

test("a scope becomes part of the key, its lists in one order", () => {
  const text = withScope(
    "{ assets: { mode: scope, groupIds: [7, 3] }, endpointGroups: { mode: any }, endpointTags: { mode: scope, names: [prod, linux] }, casesIssues: { mode: no_scope } }",
  );
  expect(scopeOf(text)).toEqual({
    assets: { mode: "scope", groupIds: [3, 7] },
    endpointGroups: { mode: "any" },
    endpointTags: { mode: "scope", names: ["linux", "prod"] },
    casesIssues: { mode: "no_scope" },
  });
  expect(scopeOf(aKey())).toBeUndefined();
});

const digestOf = (names: string) =>
  readTexts([withScope(`{ casesIssues: { mode: scope, names: ${names} } }`)]).built?.digest;

test("the order of a scope's lists does not move the digest", () => {
  expect(digestOf("[a, b]")).toBe(digestOf("[b, a]"));
  expect(digestOf("[a, b]")).not.toBe(digestOf("[a]"));
});

test.each([
  [
    "a mode scope without its list",
    "{ assets: { mode: scope } }",
    "keys/a.yaml:8:20 SCHEMA_MISSING_FIELD spec.scope.assets lacks groupIds",
  ],
  [
    "a mode scope with an empty list",
    "{ endpointTags: { mode: scope, names: [] } }",
    "keys/a.yaml:8:45 SCHEMA_VALUE spec.scope.endpointTags.names must not be empty",
  ],
  [
    "a list that no mode reads",
    "{ casesIssues: { mode: see_all, names: [a] } }",
    "keys/a.yaml:8:25 SCHEMA_CONFLICT spec.scope.casesIssues may have names only with mode: scope",
  ],
  [
    "a list of groups that no mode reads",
    "{ assets: { mode: no_scope, groupIds: [1] } }",
    "keys/a.yaml:8:20 SCHEMA_CONFLICT spec.scope.assets may have groupIds only with mode: scope",
  ],
  [
    "any, which only endpoints have",
    "{ assets: { mode: any } }",
    'keys/a.yaml:8:28 SCHEMA_VALUE spec.scope.assets.mode cannot be "any" (allowed: no_scope, see_all, scope)',
  ],
  [
    "a mode in capitals",
    "{ endpointGroups: { mode: SCOPE, names: [a] } }",
    'keys/a.yaml:8:36 SCHEMA_VALUE spec.scope.endpointGroups.mode cannot be "SCOPE" (did you mean "scope"?)',
  ],
  ["an empty scope", "{}", "keys/a.yaml:8:10 SCHEMA_VALUE spec.scope must not be empty"],
  [
    "a name instead of an id",
    "{ assets: { mode: scope, groupIds: [prod] } }",
    "keys/a.yaml:8:46 SCHEMA_TYPE spec.scope.assets.groupIds[0] must be a whole number, and is text",
  ],
  [
    "a name twice",
    "{ endpointTags: { mode: scope, names: [a, a] } }",
    "keys/a.yaml:8:49 SCHEMA_DUPLICATE_ITEM spec.scope.endpointTags.names lists the same thing twice",
  ],
])("%s is told at its place", (_name, scope, expected) => {
  const found = told(readTexts([withScope(scope)])).map((line) => line.replace(/^(\S+):\d+:\d+/, "$1"));
  expect(found).toEqual([expected.replace(/^(\S+):\d+:\d+/, "$1")]);
});

test("an overlay replaces each area as a whole and leaves the others", () => {
  const base = aFile(
    withScope("{ assets: { mode: scope, groupIds: [3] }, casesIssues: { mode: see_all } }"),
    "base/a.yaml",
  );
  const over =
    "apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { name: scanner }\nspec: { scope: { assets: { mode: no_scope } } }\n";
  const { built, issues, overlays } = buildDesired([base, aFile(over, "prod/a.yaml", 1)], aContext());
  expect(issues).toEqual([]);
  expect(built?.desired.keys[0]?.scope).toEqual({
    assets: { mode: "no_scope" },
    casesIssues: { mode: "see_all" },
  });
  expect(overlays.get("ApiKey/scanner")).toEqual([{ field: "spec.scope.assets", file: "prod/a.yaml" }]);
});
