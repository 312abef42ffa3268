/** The JSON Schemas of `schemas/` and their validators. A validator is compiled when it is first asked for. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { packageFile } from "./package-file.ts";

/** Each schema by the `kind` that it describes; `Manifest` is any of the kinds that people write. */
export const SCHEMA_FILES = {
  ApiKey: "api-key.schema.json",
  Role: "role.schema.json",
  SecurityPolicy: "security-policy.schema.json",
  Secret: "secret.schema.json",
  IpAllowlist: "ip-allowlist.schema.json",
  Manifest: "manifest.schema.json",
  Config: "config.schema.json",
  Plan: "plan.schema.json",
  Run: "run-record.schema.json",
  Diagnosis: "diagnosis.schema.json",
  Drift: "drift.schema.json",
  Status: "status.schema.json",
  Notification: "notification.schema.json",
} as const;

export type SchemaName = keyof typeof SCHEMA_FILES;

/** Keywords of our own: text for people that the schemas carry; they decide nothing. */
const ANNOTATIONS = ["x-expects", "x-hint", "x-not"] as const;

let ajv: Ajv2020 | undefined;

/** Reports all errors, each with its schema and the value that it is about. */
export function validatorOf(name: SchemaName): ValidateFunction {
  ajv ??= createAjv();
  const validator = ajv.getSchema(`https://keywright.dev/schemas/v1/${SCHEMA_FILES[name]}`);
  if (!validator) throw new Error(`no schema named ${name}`);
  return validator;
}

/** The text of a schema file, as it is published. */
export const readSchema = (name: SchemaName): string => packageFile(`schemas/${SCHEMA_FILES[name]}`);

function createAjv(): Ajv2020 {
  const created = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    validateSchema: false,
  });
  // The package's default export is typed as a namespace under `nodenext`.
  (formats as unknown as (target: Ajv2020) => void)(created);
  for (const keyword of ANNOTATIONS) created.addKeyword({ keyword, schemaType: "string" });
  for (const name of Object.keys(SCHEMA_FILES) as SchemaName[])
    created.addSchema(JSON.parse(readSchema(name)));
  return created;
}
