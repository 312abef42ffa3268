/**
 * Of the errors of a `oneOf`, those that help: when the value is plainly meant as one of the branches, what is
 * wrong with it as that branch; otherwise the one error that lists the branches.
 */

import type { ErrorObject } from "ajv";

interface Branch {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Their cause is reported by an error of its own. */
const SILENT: ReadonlySet<string> = new Set(["if", "propertyNames"]);

export function pickErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === "oneOf");
  const dropped = new Set<ErrorObject>(unions.flatMap((union) => [...redundant(errors, union)]));
  const seen = new Set<string>();
  return errors.filter((error) => {
    if (dropped.has(error) || SILENT.has(error.keyword)) return false;
    const id = identity(error);
    return !seen.has(id) && seen.add(id);
  });
}

/** Two faults of one text, such as too short and of the wrong form, are one to people. */
const identity = (error: ErrorObject): string => {
  const what = TEXT_RULES.has(error.keyword) ? "text" : JSON.stringify([error.keyword, error.params]);
  return `${error.instancePath} ${error.propertyName ?? ""} ${what}`;
};

const TEXT_RULES: ReadonlySet<string> = new Set(["pattern", "format", "minLength", "maxLength"]);

function redundant(errors: readonly ErrorObject[], union: ErrorObject): ReadonlySet<ErrorObject> {
  const within = errors.filter((error) => error !== union && isWithin(error, union));
  const branches = union.schema as readonly Branch[];
  const index = meantBranch(union.data, branches);
  const kept = within.filter(
    (error) => index !== undefined && isOfBranch(error, union, index, branches[index]),
  );
  return new Set([...within.filter((error) => !kept.includes(error)), ...(kept.length > 0 ? [union] : [])]);
}

const isChild = (error: ErrorObject, union: ErrorObject): boolean =>
  error.instancePath.startsWith(`${union.instancePath}/`);

const isWithin = (error: ErrorObject, union: ErrorObject): boolean =>
  isChild(error, union) ||
  (error.instancePath === union.instancePath && error.schemaPath.startsWith(`${union.schemaPath}/`));

/** The path of a schema ends at each `$ref`; further down, the field's name tells the branch. */
function isOfBranch(
  error: ErrorObject,
  union: ErrorObject,
  index: number,
  branch: Branch | undefined,
): boolean {
  if (!isChild(error, union)) return error.schemaPath.startsWith(`${union.schemaPath}/${index}/`);
  const field = error.instancePath.slice(union.instancePath.length + 1).split("/")[0] ?? "";
  return branch?.properties !== undefined && Object.hasOwn(branch.properties, field);
}

/** The branch of the value's own type that shares most field names with it, when there is just one. */
function meantBranch(data: unknown, branches: readonly Branch[]): number | undefined {
  if (typeof data === "string") {
    const index = branches.findIndex((branch) => branch.type === "string" && branch.enum);
    return index === -1 ? undefined : index;
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const fields = Object.keys(data);
  const scores = branches.map(
    ({ properties = {} }) => fields.filter((field) => Object.hasOwn(properties, field)).length,
  );
  const best = Math.max(...scores);
  const index = scores.indexOf(best);
  return best > 0 && scores.lastIndexOf(best) === index ? index : undefined;
}
