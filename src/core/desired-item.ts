/** Each thing that the manifests declare, as one line and one digest: what tells whether its manifest changed. */

import type { DesiredState } from "./desired.ts";
import { digestOf } from "./digest.ts";

/** `ApiKey/scanner` */
export const itemId = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  `${kind}/${name}`;

const DIGEST_LENGTH = 16;

/** 16 hex digits by `itemId`; where a thing is declared does not count. */
export function itemDigests(desired: DesiredState): ReadonlyMap<string, string> {
  const { keys, roles, policy, secrets = [], allowlist } = desired;
  const items = [
    ...keys,
    ...roles,
    ...(policy ? [policy] : []),
    ...secrets,
    ...(allowlist ? [allowlist] : []),
  ];
  return new Map(items.map((item) => [itemId(item), digestOfItem(item)]));
}

const digestOfItem = (item: { readonly origin: unknown }): string =>
  digestOf({ ...item, origin: undefined }).slice("sha256:".length, "sha256:".length + DIGEST_LENGTH);
