/** Digests over canonical JSON: equal values give equal digests, whatever the order of their keys. */

import { createHash, hash } from "node:crypto";

/** JSON with object keys sorted by code unit and without undefined members. Takes JSON-able values only. */
export function canonicalJson(value: unknown): string {
  let text = "";
  writeJson(value, (piece) => {
    text += piece;
  });
  return text;
}

export const sha256Hex = (text: string): string => hash("sha256", text);

const PART_LENGTH = 16_384;

/** `sha256:<64 hex>` over the canonical JSON of `value`, whose text never stands in memory as a whole. */
export function digestOf(value: unknown): string {
  const sum = createHash("sha256");
  let part = "";
  writeJson(value, (piece) => {
    part += piece;
    if (part.length < PART_LENGTH) return;
    sum.update(part);
    part = "";
  });
  return `sha256:${sum.update(part).digest("hex")}`;
}

function writeJson(value: unknown, write: (piece: string) => void): void {
  if (typeof value !== "object" || value === null) {
    write(JSON.stringify(value) ?? "null");
    return;
  }
  let separator = "";
  if (Array.isArray(value)) {
    write("[");
    for (const item of value) {
      write(separator);
      writeJson(item, write);
      separator = ",";
    }
    write("]");
    return;
  }
  const members = value as Readonly<Record<string, unknown>>;
  write("{");
  for (const key of Object.keys(members).sort()) {
    if (members[key] === undefined) continue;
    write(`${separator}${JSON.stringify(key)}:`);
    writeJson(members[key], write);
    separator = ",";
  }
  write("}");
}
