/** The server's OpenAPI description, as the fuzzer reads it. */

import type { FastifyInstance } from "fastify";
import type { JsonSchema } from "./schema-arbitrary.fixture.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header" | "cookie";
  readonly required?: boolean;
  readonly schema?: JsonSchema;
}

interface Content {
  readonly schema: JsonSchema;
}

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, Content>>;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | undefined;
  readonly responses: Readonly<Record<string, Response>>;
}

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

export async function readApiDescription(app: FastifyInstance): Promise<ApiDescription> {
  const { payload } = await app.inject({ method: "GET", url: "/openapi.json" });
  return JSON.parse(payload) as ApiDescription;
}

export const operationsOf = ({ paths }: ApiDescription): readonly Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      parameters: described.parameters ?? [],
      body: described.requestBody?.content["application/json"]?.schema,
      responses: described.responses,
    })),
  );

/** The schema of an answer; "none" when it has no body, undefined when it is not described. */
export function answerSchema(
  { components }: ApiDescription,
  { responses }: Operation,
  status: number,
  mediaType: string,
): JsonSchema | "none" | undefined {
  const found = responses[String(status)] ?? responses["default"];
  const response =
    found?.$ref === undefined ? found : components.responses[found.$ref.split("/").at(-1) ?? ""];
  if (!response) return undefined;
  if (!response.content) return "none";
  return response.content[mediaType]?.schema;
}
