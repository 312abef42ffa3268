/** The same exchanges by the vendor's own OpenAPI description (of `vault-client-go`), where VAULT_OPENAPI names that file. */

import type { Exchanged } from "./vault-description.fixture.ts";
import { openVendorDescription } from "./vendor-description.fixture.ts";

export type VendorCheck = (exchanged: Exchanged) => readonly string[];

/** Undefined where no description is at hand. */
export function openVendorCheck(): VendorCheck | undefined {
  const vendor = openVendorDescription("VAULT_OPENAPI", "vault-kv2.openapi.json");
  if (!vendor) return undefined;
  return ({ method, path, body, status, answer }) => {
    const template = templateOf(vendor.templates, path);
    // What is not about secrets or tokens was left out of it.
    if (template === undefined)
      return path.startsWith("/sys/") || status === 404 ? [] : [`${path} is no path`];
    const operation = vendor.operation(method, template);
    if (!operation) return [`${template} has no ${method}`];
    const data = (answer as { readonly data?: unknown } | null | undefined)?.data;
    return [
      ...vendor.bodyFaults(operation, body),
      ...vendor.answerFaults(operation, status, withoutNulls(data)),
    ].map((fault) => `${method} ${template}, ${fault}`);
  };
}

/** Go writes an empty map as null, which the vendor does not describe. */
const withoutNulls = (data: unknown): unknown =>
  Object.fromEntries(Object.entries(data ?? {}).filter(([, value]) => value !== null));

/** The one with the most fixed parts; an auth method is mounted where its name says. */
function templateOf(templates: readonly string[], path: string): string | undefined {
  const fitting = templates.filter((template) => {
    const pattern = template
      .replace(/^\/auth\/\{(\w+)_mount_path\}/, "/auth/$1")
      .replaceAll(/\{(\w+)\}/g, (_, name) => (name === "path" ? ".+" : "[^/]+"));
    return !template.includes("^") && new RegExp(`^${pattern}$`).test(path);
  });
  return fitting.toSorted((a, b) => fixed(b) - fixed(a))[0];
}

const fixed = (template: string): number => template.replaceAll(/\{\w+\}/g, "").length;
