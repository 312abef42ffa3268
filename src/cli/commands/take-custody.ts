/** `keywright take-custody`: keys that somebody else made get successors in our sinks; the old ones have their overlap. */

import type { Host } from "../host.ts";
import { checkReason } from "../check-reason.ts";
import { planAndRun } from "../plan-and-run.ts";
import { resolveKeys } from "../resolve-keys.ts";
import type { RotateOptions } from "./rotate.ts";

export async function takeCustody(
  host: Host,
  keys: readonly string[],
  options: RotateOptions,
): Promise<number> {
  const reason = checkReason(options.reason);
  return planAndRun(host, options, (facts) => {
    const names = new Set(resolveKeys(keys, facts).map(({ name }) => name));
    return [...names].map((name) => ({ type: "take-custody", name, reason }));
  });
}
