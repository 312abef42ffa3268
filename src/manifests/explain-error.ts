/** One JSON Schema error in plain words. Values are repeated only where they are words to choose from. */

import type { ErrorObject } from "ajv";
import type { IssueText } from "./issue-at.ts";
import { quote } from "./quote.ts";
import { listOf, suggest } from "./suggest.ts";

export interface Explanation extends IssueText {
  /** The field, of the value that the error is about, whose name the issue points at. */
  readonly field?: string;
}

interface Annotated {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  readonly oneOf?: readonly { readonly title?: string }[];
  readonly "x-expects"?: string;
  readonly "x-hint"?: string;
  readonly "x-not"?: string;
}

type Explain = (error: ErrorObject, where: string) => Explanation;

export function explainError(error: ErrorObject): Explanation {
  const explain = EXPLAIN.get(error.keyword) ?? explainOther;
  return explain(error, renderPointer(error.instancePath));
}

/** `/spec/roles/0` as `spec.roles[0]`; a name that is no plain word in quotes. */
function renderPointer(pointer: string): string {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const text = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${plainName(step)}`)).join("");
  return text.replace(/^\./, "") || "the document";
}

const plainName = (name: string): string => (/^[\w./-]{1,60}$/.test(name) ? name : quote(name));

const schemaOf = (error: ErrorObject): Annotated => (error.parentSchema ?? {}) as Annotated;

const withHint = (hint: string | undefined): { readonly hint?: string } => (hint ? { hint } : {});

const unknownField: Explain = (error, where) => {
  const field = String(error.params["additionalProperty"]);
  const known = Object.keys(schemaOf(error).properties ?? {});
  const hint = suggest(field, known) ?? `known here: ${listOf(known)}`;
  return { code: "SCHEMA_UNKNOWN_FIELD", field, message: `unknown field ${quote(field)} in ${where}`, hint };
};

const missingField: Explain = (error, where) => {
  const field = String(error.params["missingProperty"]);
  const hint = schemaOf(error).properties?.[field]?.description;
  return { code: "SCHEMA_MISSING_FIELD", message: `${where} lacks ${field}`, ...withHint(hint) };
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ["object", "a mapping"],
  ["array", "a list"],
  ["string", "text"],
  ["integer", "a whole number"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["null", "empty"],
]);

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

const wrongType: Explain = (error, where) => {
  const wanted = String(error.params["type"]);
  const found = typeOf(error.data);
  const advice = wanted === "array" && found !== "null" ? "put it in square brackets" : undefined;
  return {
    code: "SCHEMA_TYPE",
    message: `${where} must be ${NAMES.get(wanted) ?? wanted}, and is ${NAMES.get(found) ?? found}`,
    ...withHint(schemaOf(error)["x-hint"] ?? advice),
  };
};

const wrongChoice: Explain = (error, where) => {
  const allowed = (error.params["allowedValues"] as readonly unknown[]).map(String);
  const isWord = typeof error.data === "string";
  const hints = [
    (isWord && suggest(error.data as string, allowed)) || `allowed: ${allowed.join(", ")}`,
    schemaOf(error)["x-hint"],
  ];
  const message = isWord
    ? `${where} cannot be ${quote(error.data as string)}`
    : `${where} is none of its choices`;
  return { code: "SCHEMA_VALUE", message, hint: hints.filter(Boolean).join("; ") };
};

const wrongConstant: Explain = (error, where) => ({
  code: "SCHEMA_VALUE",
  message: `${where} must be ${String(error.params["allowedValue"])}`,
});

const wrongText: Explain = (error, where) => {
  const name = error.propertyName;
  const subject = name === undefined ? where : `the name ${quote(name)} in ${where}`;
  return {
    code: "SCHEMA_VALUE",
    message: `${subject} must be ${schemaOf(error)["x-expects"] ?? textRule(error)}`,
    ...(name !== undefined && { field: name }),
    ...withHint(schemaOf(error)["x-hint"]),
  };
};

function textRule({ keyword, params }: ErrorObject): string {
  if (keyword === "minLength")
    return params["limit"] === 1 ? "not empty" : `at least ${params["limit"]} characters`;
  if (keyword === "maxLength") return `at most ${params["limit"]} characters long`;
  return `text of the form ${String(params["pattern"] ?? params["format"])}`;
}

const wrongNumber: Explain = ({ params }, where) => ({
  code: "SCHEMA_VALUE",
  message: `${where} must be ${params["comparison"] === ">=" ? "at least" : "at most"} ${params["limit"]}`,
});

const wrongCount: Explain = ({ keyword, params }, where) => {
  const limit = Number(params["limit"]);
  const rule = keyword.startsWith("max")
    ? `have at most ${limit} entries`
    : limit === 1
      ? "not be empty"
      : `have at least ${limit} entries`;
  return { code: "SCHEMA_VALUE", message: `${where} must ${rule}` };
};

const repeatedItem: Explain = ({ params }, where) => ({
  code: "SCHEMA_DUPLICATE_ITEM",
  message: `${where} lists the same thing twice`,
  field: String(params["i"]),
});

const exclusive: Explain = (error, where) => ({
  code: "SCHEMA_CONFLICT",
  message: `${where} may have ${schemaOf(error)["x-not"] ?? "not all of these fields"}`,
});

const noBranch: Explain = (error, where) => {
  const titles = (error.schema as Annotated["oneOf"])?.flatMap(({ title }) => title ?? []) ?? [];
  return {
    code: "SCHEMA_VALUE",
    message: `${where} must be one of: ${titles.join(" | ")}`,
    ...withHint(schemaOf(error)["x-hint"]),
  };
};

const explainOther: Explain = (error, where) => ({
  code: "SCHEMA_VALUE",
  message: `${where} ${error.message ?? "is not valid"}`,
});

const EXPLAIN: ReadonlyMap<string, Explain> = new Map([
  ["additionalProperties", unknownField],
  ["required", missingField],
  ["type", wrongType],
  ["enum", wrongChoice],
  ["const", wrongConstant],
  ["pattern", wrongText],
  ["format", wrongText],
  ["minLength", wrongText],
  ["maxLength", wrongText],
  ["minimum", wrongNumber],
  ["maximum", wrongNumber],
  ["minItems", wrongCount],
  ["maxItems", wrongCount],
  ["minProperties", wrongCount],
  ["maxProperties", wrongCount],
  ["uniqueItems", repeatedItem],
  ["not", exclusive],
  ["oneOf", noBranch],
]);
