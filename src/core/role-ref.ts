/**
 * A role that a key has: one that the store knows by name (a default role; on Cortex Cloud any role, by the name that is
 * shown), or a custom role by its tag.
 */

import { compareText } from "./issue.ts";

export type RoleRef =
  | { readonly type: "default"; readonly role: string }
  | { readonly type: "custom"; readonly tag: string };

/** The default roles of seed 000, strictest first. Stores may report others: read tolerantly, write strictly. */
export const DEFAULT_ROLES = ["READ_ONLY", "USER", "MANAGER", "ADMIN"] as const;

/** As people write it: `READ_ONLY`, or `custom:catalog-editor`. */
export const renderRole = (ref: RoleRef): string => (ref.type === "default" ? ref.role : `custom:${ref.tag}`);

/** Sorted and without repetitions, so that two lists of roles compare by their text. */
export const renderRoles = (refs: readonly RoleRef[]): readonly string[] =>
  [...new Set(refs.map(renderRole))].sort(compareText);
