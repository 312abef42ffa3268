/** `keywright schema`: the JSON Schemas that this version reads and writes. */

import { KeywrightError } from "../../core/error.ts";
import { readSchema, SCHEMA_FILES, type SchemaName } from "../../schema.ts";
import type { Host } from "../host.ts";

export function schema(host: Host, name: string | undefined): number {
  const names = Object.keys(SCHEMA_FILES) as SchemaName[];
  if (name === undefined) {
    host.out(`${names.join("\n")}\n`);
    return 0;
  }
  const known = names.find((each) => each.toLowerCase() === name.toLowerCase());
  if (!known) {
    throw new KeywrightError("USAGE", `there is no schema named ${name}`, {
      hint: `one of: ${names.join(", ")}`,
    });
  }
  host.out(readSchema(known));
  return 0;
}
