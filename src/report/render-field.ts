/** One changed field as text for people; still to be made printable. */

import type { FieldChange } from "../core/change.ts";
import type { Finding } from "../core/drift/finding.ts";

/** `(none)` where there is no value, `""` where it is empty. */
export const valueText = (value: string | undefined): string =>
  value === undefined ? "(none)" : value === "" ? '""' : value;

/** `roles: READ_ONLY → USER`. */
export const renderField = ({ field, from, to }: FieldChange): string =>
  `${field}: ${valueText(from)} → ${valueText(to)}`;

/** `+ 192.0.2.0/24 (Office)`: an entry of a list that comes or goes; undefined: it is there before and after. */
export function renderEntry({ field, from, to }: FieldChange): string | undefined {
  if (from !== undefined && to !== undefined) return undefined;
  const description = from ?? to ?? "";
  return `${from === undefined ? "+" : "-"} ${field}${description === "" ? "" : ` (${description})`}`;
}

/** As fits what is changed. */
export const renderFieldOf = (kind: Finding["kind"], change: FieldChange): string =>
  (kind === "IpAllowlist" ? renderEntry(change) : undefined) ?? renderField(change);
