/** The same exchanges by GitHub's own OpenAPI description, where GITHUB_OPENAPI names that file; and ours compared with it. */

import type { DescribedOperation } from "./github-description.fixture.ts";
import { OFTEN_CUT } from "./github-work-description.fixture.ts";
import {
  openVendorDescription,
  type VendorDescription,
  type VendorOperation,
  type VendorSchema,
} from "./vendor-description.fixture.ts";

export interface GitHubVendor {
  /** Why a request is not as GitHub describes it; empty is good. */
  requestFaults(described: DescribedOperation, query: URLSearchParams, body: unknown): readonly string[];
  answerFaults(described: DescribedOperation, status: number, answer: unknown): readonly string[];
  /** Where our description of an operation says what GitHub's does not. */
  disagreements(described: DescribedOperation): readonly string[];
  /** Whether it was left out of the description at hand, as the operations that it was cut down by are. */
  isCut(described: DescribedOperation): boolean;
}

/** Undefined where no description is at hand. */
export function openGitHubVendor(): GitHubVendor | undefined {
  const vendor = openVendorDescription("GITHUB_OPENAPI", "github.openapi.json");
  if (!vendor) return undefined;
  const isCut = ({ id, method, template }: DescribedOperation): boolean =>
    OFTEN_CUT.some((each) => each.id === id) && !vendor.operation(method, template);
  const check = (
    described: DescribedOperation,
    work: (operation: VendorOperation) => readonly string[],
  ): readonly string[] => {
    const { id, method, template } = described;
    // It was cut down to what tokens of people may do.
    if (id.startsWith("apps/")) return [];
    if (isCut(described)) return [];
    const operation = vendor.operation(method, template);
    const faults = operation ? work(operation) : [`there is no ${method} ${template}`];
    return faults.map((fault) => `${id} as GitHub describes it: ${fault}`);
  };
  return {
    isCut,
    requestFaults: (described, query, body) =>
      check(described, (operation) => [
        ...strangeParameters(vendor, operation, [...query.keys()]),
        ...vendor.bodyFaults(operation, body),
      ]),
    answerFaults: (described, status, answer) =>
      check(described, (operation) => vendor.answerFaults(operation, status, answer)),
    disagreements: (described) => check(described, (operation) => compare(vendor, described, operation)),
  };
}

function strangeParameters(
  vendor: VendorDescription,
  { parameters = [] }: VendorOperation,
  names: readonly string[],
): readonly string[] {
  const known = parameters.map((each) => vendor.resolve(each)).filter((each) => each.in === "query");
  return names
    .filter((name) => !known.some((each) => each.name === name))
    .map((name) => `there is no query parameter ${name}`);
}

function compare(
  vendor: VendorDescription,
  { id, query = [], body, answers }: DescribedOperation,
  operation: VendorOperation,
): readonly string[] {
  const { operationId, requestBody, responses } = operation;
  const given = Object.entries(answers).filter(([status]) => Number(status) < 300);
  return [
    ...(operationId === id ? [] : [`its name is ${operationId}`]),
    ...strangeParameters(vendor, operation, query),
    ...compareBody(vendor, body, vendor.schemaOf(requestBody)),
    ...given.flatMap(([status, schema]) =>
      responses[status]
        ? compareFields(vendor, status, schema, vendor.schemaOf(responses[status]))
        : [`${status} is no answer`],
    ),
  ];
}

function compareBody(
  vendor: VendorDescription,
  ours: VendorSchema = {},
  theirs: VendorSchema = {},
): readonly string[] {
  const demanded = vendor.resolve(theirs).required ?? [];
  return [
    ...compareFields(vendor, SENT, ours, theirs),
    ...demanded.filter((name) => !ours.required?.includes(name)).map((name) => `${SENT}.${name} is required`),
  ];
}

const SENT = "the body";

/** At any depth. That a field is always there may be relied on in answers alone. */
function compareFields(
  vendor: VendorDescription,
  where: string,
  ours: VendorSchema,
  theirs: VendorSchema = {},
): readonly string[] {
  const resolved = vendor.resolve(theirs);
  // A label is told by its name, or as an object.
  const known = resolved.oneOf?.find(({ properties }) => properties) ?? resolved;
  const fields = Object.entries(ours.properties ?? {}).flatMap(([name, each]) => {
    const [at, field] = [`${where}.${name}`, known.properties?.[name]];
    if (!field) return [`${at} is unknown`];
    const isRelied = !where.startsWith(SENT) && ours.required?.includes(name);
    return [
      ...(isRelied && !known.required?.includes(name) ? [`${at} may be absent`] : []),
      ...compareFields(vendor, at, each, field),
    ];
  });
  return ours.items ? [...fields, ...compareFields(vendor, `${where}[]`, ours.items, known.items)] : fields;
}
