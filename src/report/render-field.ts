/** One changed field as text for people; still to be made printable. */

import type { FieldChange } from "../core/change.ts";

/** `(none)` where there is no value, `""` where it is empty. */
export const valueText = (value: string | undefined): string =>
  value === undefined ? "(none)" : value === "" ? '""' : value;

/** `roles: READ_ONLY → USER`. */
export const renderField = ({ field, from, to }: FieldChange): string =>
  `${field}: ${valueText(from)} → ${valueText(to)}`;
