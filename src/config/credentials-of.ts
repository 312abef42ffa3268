import type { Config, CredentialRef } from "./config.ts";

/**
 * Every credential that the configuration names, wherever it stands there: what has to be kept out of a log must not depend on
 * somebody listing it.
 */
export const credentialsOf = (config: Config): readonly CredentialRef[] => refsIn(config);

function refsIn(value: unknown): readonly CredentialRef[] {
  if (typeof value !== "object" || value === null) return [];
  if (isRef(value)) return [value];
  const parts = value instanceof Map ? [...value.values()] : Object.values(value);
  return parts.flatMap(refsIn);
}

function isRef(value: object): value is CredentialRef {
  if (!("type" in value) || !("at" in value)) return false;
  if (value.type === "env") return "variable" in value && typeof value.variable === "string";
  return value.type === "file" && "path" in value && typeof value.path === "string";
}
