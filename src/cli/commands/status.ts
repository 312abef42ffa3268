/** `keywright status`: how each key stands, and whether somebody looks after them. */

import { EXIT } from "../../core/error.ts";
import { statusOf } from "../../core/status-report.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import { renderStatus } from "../../report/render-status.ts";
import { durationOf } from "../duration-of.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

export interface StatusOptions extends GlobalOptions {
  readonly format: "text" | "json";
  /** How old the last good check for drift may be. */
  readonly maxAge?: string;
}

export function status(host: Host, options: StatusOptions): Promise<number> {
  const maxAgeMs = options.maxAge === undefined ? undefined : durationOf("--max-age", options.maxAge);
  return withWorld(host, options, async ({ asRead }) => {
    const { facts } = await makePlan(asRead, { signal: host.signal });
    const report = statusOf(facts, maxAgeMs);
    const text = renderStatus(report, {
      format: options.format,
      colors: host.hasColors,
      now: facts.now,
      width: host.width,
    });
    print(host, text, options.format);
    return report.late === undefined ? EXIT.done : EXIT.pending;
  });
}
