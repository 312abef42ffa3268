/** `keywright forecast`: what happens when. */

import { KeywrightError } from "../../core/error.ts";
import { forecast as forecastOf } from "../../core/forecast.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import { renderForecast } from "../../report/render-forecast.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

export interface ForecastCommandOptions extends GlobalOptions {
  readonly format: "text" | "json";
  readonly days: string;
}

const MOST_DAYS = 3650;

export function forecast(host: Host, options: ForecastCommandOptions): Promise<number> {
  const days = daysOf(options.days);
  return withWorld(host, options, async ({ asRead }) => {
    const { plan, facts } = await makePlan(asRead, { signal: host.signal });
    const { protectedKeys } = asRead.limits;
    const text = renderForecast(forecastOf(facts, plan, { days, protectedKeys }), {
      format: options.format,
      colors: host.hasColors,
    });
    print(host, text, options.format);
    return 0;
  });
}

function daysOf(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new KeywrightError("USAGE", `--days ${text} is no number of days`, {
    hint: `a whole number from 1 to ${MOST_DAYS}, such as --days 90`,
  });
}
