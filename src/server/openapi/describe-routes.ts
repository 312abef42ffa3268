/** Turns what the route schemas give into a full OpenAPI 3.1 description: names, credentials, errors. Pure. */

import { FORMATS } from "../text-formats.ts";
import { type ApiKind, type Json, apiKindOf, responseName } from "./components.ts";
import type { Operation, Operations } from "./operation.ts";

type Path = Readonly<Record<string, Json>>;

const SUCCESS: Readonly<Record<string, string>> = {
  "200": "Success.",
  "201": "Made.",
  "204": "Done; there is nothing to tell.",
};
/** Parameters that describe themselves to nobody. */
const PARAMETERS: Readonly<Record<string, string>> = {
  "idempotency-key":
    "Names this request: the same content again gives the same answer, other content is refused.",
  "if-match": "Carry the request out only if the thing still has this ETag (`*`: if it is there at all).",
  "if-none-match": "`*`: only if it is not there yet.",
  limit: "The most entries that one page holds.",
  cursor: "The `nextCursor` of the page before.",
};

/** `paths` as generated from the schemas; what has no entry in `operations` comes without a name. */
export function describeRoutes(
  paths: Readonly<Record<string, Path>>,
  operations: Operations,
  isOpen: (method: string, path: string) => boolean,
): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, route]) => {
          const operation = operations[`${method.toUpperCase()} ${path}`];
          return [method, describeRoute(route, path, operation, isOpen(method, path))];
        }),
      ),
    ]),
  );
}

function describeRoute(route: Json, path: string, operation: Operation | undefined, isOpen: boolean): Json {
  const kind = apiKindOf(path);
  const { parameters, ...rest } = withStandardFormats(route) as { parameters?: readonly Json[] };
  return {
    ...(operation && {
      operationId: operation.id,
      tags: [operation.tag],
      summary: operation.summary,
      ...(operation.description !== undefined && { description: operation.description }),
    }),
    ...rest,
    ...(parameters && { parameters: parameters.map(describeParameter) }),
    security: isOpen ? [] : SECURITY[kind],
    responses: {
      ...successes(rest, operation),
      ...errors(kind, isOpen, "requestBody" in rest || parameters !== undefined, path.includes("{")),
    },
  };
}

const SECURITY: Readonly<Record<ApiKind, readonly object[]>> = {
  native: [{ bearer: [] }],
  cortex: [{ bearer: [] }],
  "cortex-cloud": [
    { cloudKey: [], cloudKeyId: [] },
    { cloudKey: [], cloudKeyId: [], cloudNonce: [], cloudTimestamp: [] },
  ],
};

function describeParameter(parameter: Json): Json {
  const name = String(parameter["name"]);
  const description = PARAMETERS[name];
  return {
    ...(description !== undefined && { description }),
    ...parameter,
    ...(parameter["in"] === "header" && {
      name: name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    }),
  };
}

function successes(route: Json, operation: Operation | undefined): Json {
  const { status, contentType } = operation?.success ?? {};
  if (status !== undefined) {
    const content = contentType === undefined ? {} : { content: { [contentType]: { schema: {} } } };
    return { [status]: { description: SUCCESS[status] ?? "Success.", ...content } };
  }
  return Object.fromEntries(
    Object.entries(route["responses"] as Readonly<Record<string, Json>>)
      .filter(([code]) => code.startsWith("2"))
      .map(([code, response]) => [code, { ...response, description: SUCCESS[code] ?? "Success." }]),
  );
}

function errors(kind: ApiKind, isOpen: boolean, hasInput: boolean, hasId: boolean): Json {
  const statuses = [
    ...(hasInput ? ["400"] : []),
    ...(isOpen ? [] : ["401", "403"]),
    ...(hasId && kind !== "cortex-cloud" ? ["404"] : []),
    ...(isOpen ? [] : ["429"]),
    "default",
  ];
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${responseName(kind, status)}` }]),
  );
}

/** Our own text formats mean nothing to others; `instant` has a name that they know. */
function withStandardFormats(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStandardFormats);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name !== "format" || typeof member !== "string" || !Object.hasOwn(FORMATS, member)) {
        return [[name, withStandardFormats(member)]];
      }
      return member === "instant" ? [[name, "date-time"]] : [];
    }),
  );
}
