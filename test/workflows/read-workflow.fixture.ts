/** A workflow's text, strictly read, with where each expression stands. */

import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { isAlias, isScalar, parseDocument, visit } from "yaml";
import type { PlaceName } from "./contexts.fixture.ts";

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string>>;
}

export type Permissions = Readonly<Record<string, "read" | "write" | "none">>;

export interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress": boolean | string;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions: Permissions;
  readonly environment?: string | { readonly name: string };
  readonly concurrency?: Concurrency;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: {
    readonly push?: {
      readonly branches?: readonly string[];
      readonly tags?: readonly string[];
      readonly paths?: unknown;
    };
    readonly pull_request?: unknown;
    readonly schedule?: readonly { readonly cron: string }[];
    readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, unknown>> } | null;
  };
  readonly permissions: Permissions;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** A text of the workflow and where it stands; `place` is undefined where no expression may. */
export interface PlacedText {
  readonly place: PlaceName | undefined;
  readonly path: readonly (string | number)[];
  readonly text: string;
}

const schema = JSON.parse(readFileSync(new URL("workflow.schema.json", import.meta.url), "utf8")) as Record<
  string,
  unknown
>;
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile<Workflow>(schema);

export interface ReadWorkflow {
  readonly workflow?: Workflow;
  readonly faults: readonly string[];
  /** The comment behind each `uses`, by its value; empty where one of them has none. */
  readonly comments: ReadonlyMap<string, string>;
}

export function readWorkflow(text: string): ReadWorkflow {
  const document = parseDocument(text, { version: "1.2", strict: true, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings].map(({ message }) => `yaml: ${message}`);
  const comments = new Map<string, string>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node) || node.anchor !== undefined) faults.push("yaml: anchors and aliases hide what runs");
    },
    Pair: (_, { key, value }) => {
      if (isScalar(key) && key.value === "uses" && isScalar(value))
        comments.set(
          String(value.value),
          comments.get(String(value.value)) === "" ? "" : (value.comment?.trim() ?? ""),
        );
    },
  });
  if (faults.length > 0) return { faults, comments };
  const workflow: unknown = document.toJS();
  if (validate(workflow)) return { workflow, faults, comments };
  const found = (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `syntax: ${instancePath} ${message} ${JSON.stringify(Object.values(params as object))}`,
  );
  return { faults: found, comments };
}

const PLACE_OF: readonly (readonly [RegExp, PlaceName])[] = [
  [/^run-name$/, "run-name"],
  [/^concurrency\//, "concurrency"],
  [/^env\//, "env"],
  [/^jobs\/[^/]+\/(name|if|runs-on)$/, "job.name"],
  [/^jobs\/[^/]+\/(environment|concurrency|env|outputs)(\/|$)/, "job.name"],
  [/^jobs\/[^/]+\/steps\/\d+\/(name|if)$/, "step.name"],
  [/^jobs\/[^/]+\/steps\/\d+\/(env|with)\//, "step.name"],
];

function placeOf(path: string): PlaceName | undefined {
  for (const [pattern, name] of PLACE_OF) {
    const [, field] = pattern.exec(path) ?? [];
    if (pattern.test(path))
      return (name.includes(".") ? `${name.split(".")[0]}.${field}` : name) as PlaceName;
  }
  return undefined;
}

/** Every text in the workflow. */
export function textsOf(value: unknown, path: readonly (string | number)[] = []): readonly PlacedText[] {
  if (typeof value === "string") return [{ place: placeOf(path.join("/")), path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, [...path, key]));
}
