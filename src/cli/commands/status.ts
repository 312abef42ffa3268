/** `keywright status`: how each key stands. */

import { standings } from "../../core/status.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import { renderStatus } from "../../report/render-status.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

export interface StatusOptions extends GlobalOptions {
  readonly format: "text" | "json";
}

export const status = (host: Host, options: StatusOptions): Promise<number> =>
  withWorld(host, options, async ({ asRead }) => {
    const { facts } = await makePlan(asRead, { signal: host.signal });
    const text = renderStatus(standings(facts), {
      format: options.format,
      colors: host.hasColors,
      now: facts.now,
      width: host.width,
    });
    print(host, text, options.format);
    return 0;
  });
