/** `keywright leak --stdin`: replaces the key whose secret is pasted, and revokes it as soon as the new one serves. */

import { KeywrightError } from "../../core/error.ts";
import type { LeakFinding } from "../../core/leak.ts";
import type { KeyRequest } from "../../core/request.ts";
import { findLeak } from "../../reconcile/find-leak.ts";
import { printable } from "../../report/printable.ts";
import { renderJson } from "../../report/render-json.ts";
import { checkReason } from "../check-reason.ts";
import type { Host } from "../host.ts";
import { planAndRun, type RunOptions } from "../plan-and-run.ts";
import { print } from "../print.ts";

export interface LeakOptions extends RunOptions {
  /** Required. */
  readonly reason?: string;
  /** Whose key it is, where several end like it. */
  readonly key?: string;
}

export async function leak(host: Host, options: LeakOptions): Promise<number> {
  const reason = checkReason(options.reason);
  const secret = await host.readSecret("Paste the leaked key and press Enter; it is not shown: ");
  return planAndRun(host, options, async (facts, world) => {
    const { key: name } = options;
    const found = await findLeak(world, facts, secret, {
      signal: host.signal,
      ...(name !== undefined && { name }),
    });
    return requestFor(host, found, options, reason);
  });
}

function requestFor(
  host: Host,
  found: LeakFinding,
  { format, key }: LeakOptions,
  reason: string,
): readonly KeyRequest[] | undefined {
  switch (found.type) {
    case "ours":
      if (key !== undefined && key !== found.name) throw otherKey(found.name, key);
      return [{ type: "leak", name: found.name, operation: found.operation, reason }];
    case "dead":
      reportDead(host, found, format);
      return undefined;
    case "foreign":
      throw foreign(found);
    case "ambiguous":
      throw ambiguous(found);
    case "unknown":
      throw new KeywrightError("LEAK_UNKNOWN", `no key was found for what was pasted: ${found.why}`, {
        hint: "is it whole, and is this the store and the instance that it belongs to?",
      });
  }
}

type Found<T extends LeakFinding["type"]> = Extract<LeakFinding, { type: T }>;

function reportDead(host: Host, { why, name }: Found<"dead">, format: LeakOptions["format"]): void {
  if (format === "json") {
    host.out(
      renderJson({ result: "no-change", leak: { found: "dead", why, ...(name !== undefined && { name }) } }),
    );
    return;
  }
  const of = name === undefined ? "" : ` of ${printable(name)}`;
  print(host, `The key${of} lets nobody in any more (${printable(why)}): nothing to do.\n`, format);
}

function foreign({ id, isOwn }: Found<"foreign">): KeywrightError {
  const which = id === undefined ? "a live key of the store" : `key ${id} of the store`;
  if (isOwn) {
    return new KeywrightError("LEAK_FOREIGN", `it is ${which}, the one that Keywright itself runs with`, {
      hint: "make another credential in the store, run with that one, and revoke this one by hand, now",
    });
  }
  return new KeywrightError(
    "LEAK_FOREIGN",
    `it is ${which}, which Keywright did not make and does not touch`,
    {
      hint: "it is live: whoever made it has to revoke it in the store, now",
    },
  );
}

function ambiguous({ names, foreignIds }: Found<"ambiguous">): KeywrightError {
  const others = foreignIds.map((id) => `${id}, which is not ours`);
  return new KeywrightError(
    "LEAK_AMBIGUOUS",
    `several live keys end like it, and nothing tells them apart: ${[...names, ...others].join("; ")}`,
    { hint: "say whose it is: --key NAME" },
  );
}

const otherKey = (name: string, said: string): KeywrightError =>
  new KeywrightError("REQUEST_INVALID", `it is the key of ${name}, not of ${said}`, {
    hint: `leave --key away, or say --key ${name}`,
  });
