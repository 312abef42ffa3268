/** `keywright rotate`: a new key now for the keys named, with the usual overlap. */

import type { Host } from "../host.ts";
import { checkReason } from "../check-reason.ts";
import { planAndRun, type RunOptions } from "../plan-and-run.ts";
import { resolveKeys } from "../resolve-keys.ts";

export interface RotateOptions extends RunOptions {
  /** Required. */
  readonly reason?: string;
}

export async function rotate(host: Host, keys: readonly string[], options: RotateOptions): Promise<number> {
  const reason = checkReason(options.reason);
  return planAndRun(host, options, (facts) => {
    const names = new Set(resolveKeys(keys, facts).map(({ name }) => name));
    return [...names].map((name) => ({ type: "rotate", name, reason }));
  });
}
