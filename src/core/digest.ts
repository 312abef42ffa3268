/** Digests over canonical JSON: equal values give equal digests, whatever the order of their keys. */

import { createHash } from "node:crypto";

/** JSON with sorted object keys and without undefined members. Takes JSON-able values only. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = value as Readonly<Record<string, unknown>>;
  let text = "";
  // By code unit, as everywhere. A loop, because plans of ten thousand keys go through here several times.
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text && ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");

/** `sha256:<64 hex>` over the canonical JSON of `value`. */
export const digestOf = (value: unknown): string => `sha256:${sha256Hex(canonicalJson(value))}`;
