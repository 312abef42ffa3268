/** `keywright revoke`: the keys named end at once, although they are declared. */

import type { KeyRequest } from "../../core/request.ts";
import { checkReason } from "../check-reason.ts";
import type { Host } from "../host.ts";
import { planAndRun } from "../plan-and-run.ts";
import { type ResolvedKey, resolveKeys } from "../resolve-keys.ts";
import type { RotateOptions } from "./rotate.ts";

export async function revoke(host: Host, keys: readonly string[], options: RotateOptions): Promise<number> {
  const reason = checkReason(options.reason);
  return planAndRun(host, options, (facts) => requestsFor(resolveKeys(keys, facts), reason));
}

/** One for each name; a name alone means all of its keys. */
function requestsFor(keys: readonly ResolvedKey[], reason: string): readonly KeyRequest[] {
  return [...new Set(keys.map(({ name }) => name))].map((name) => {
    const ids = keys.filter((key) => key.name === name).flatMap(({ id }) => id ?? []);
    const isWhole = keys.some((key) => key.name === name && key.id === undefined);
    return { type: "revoke", name, ...(!isWhole && { ids }), reason };
  });
}
