/** JSON Schema errors in plain words, at their place in the file. */

import type { ErrorObject } from "ajv";
import type { Issue } from "../core/issue.ts";
import { type SchemaName, validatorOf } from "../schema.ts";
import { issueAt } from "./issue-at.ts";
import { explainError } from "./explain-error.ts";
import { pickErrors } from "./pick-errors.ts";
import { keyPlaceOf, type NodePath, placeOf, type SourceNode } from "./source-node.ts";

const MAX_ISSUES = 50;

/** Everything about `node` that its schema refuses, up to a limit that is told. */
export const validateNode = (name: SchemaName, node: SourceNode): readonly Issue[] =>
  schemaIssues(node, schemaErrors(name, node));

export function schemaErrors(name: SchemaName, node: SourceNode): readonly ErrorObject[] {
  const validate = validatorOf(name);
  return validate(node.value) ? [] : (validate.errors ?? []);
}

/** `errors` as issues: those that help, each once. */
export function schemaIssues(node: SourceNode, found: readonly ErrorObject[]): readonly Issue[] {
  const errors = pickErrors(found);
  const issues = errors.slice(0, MAX_ISSUES).map((error) => issueOf(node, error));
  if (errors.length <= MAX_ISSUES) return issues;
  const message = `${errors.length - MAX_ISSUES} more issues are not shown`;
  return [
    ...issues,
    issueAt(node.source, node.offset, { code: "ISSUES_CUT", message, hint: "mend the first ones" }),
  ];
}

function issueOf(node: SourceNode, error: ErrorObject): Issue {
  const { field, ...text } = explainError(error);
  const path = pathOf(error);
  const place = field === undefined ? placeOf(node, path) : keyPlaceOf(node, [...path, field]);
  return issueAt(place.source, place.offset, text);
}

/** The JSON pointer of the value that an error is about, as steps. */
export const pathOf = ({ instancePath }: ErrorObject): NodePath =>
  instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
