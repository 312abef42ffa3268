import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Forecast } from "../core/forecast.ts";
import type { ForecastEntry } from "../core/forecast-entry.ts";
import { hostileText } from "./plan.fixture.ts";
import { renderForecast } from "./render-forecast.ts";

const text = { format: "text", colors: false } as const;

const aForecast = (entries: readonly ForecastEntry[], cut: readonly string[] = []): Forecast => ({
  from: "2026-11-21T08:00:00.000Z",
  until: "2026-12-21T08:00:00.000Z",
  entries,
  cut,
});

const rotation: ForecastEntry = {
  at: "2026-12-01T08:00:00.000Z",
  what: "rotates",
  name: "scanner",
  generation: 1,
  id: "k_1",
  needsApply: true,
  deadline: "2027-01-01T08:00:00.000Z",
  message: "generation 2 takes over, at 66% of its life",
};
const late: ForecastEntry = { ...rotation, at: "2026-11-20T08:00:00.000Z", what: "overdue", message: "due" };
const { id: _, deadline: __, ...ofNext } = rotation;
const end: ForecastEntry = {
  ...ofNext,
  what: "expires",
  generation: 2,
  needsApply: false,
  message: "it ends",
};

test("each entry tells its date, what happens to which key, and why", () => {
  const now: ForecastEntry = { ...late, at: "2026-11-21T08:00:00.000Z", what: "retires" };
  expect(renderForecast(aForecast([late, now, rotation, end], ["fast"]), text)).toBe(
    [
      "Until 2026-12-21 08:00 UTC",
      "",
      "DATE                  WHEN        WHAT     KEY         ID   WHY",
      "2026-11-20 08:00 UTC  24 h ago    overdue  scanner g1  k_1  due; without an apply it ends 2027-01-01 08:00 UTC",
      "2026-11-21 08:00 UTC  now         retires  scanner g1  k_1  due; without an apply it ends 2027-01-01 08:00 UTC",
      "2026-12-01 08:00 UTC  in 10 days  rotates  scanner g1  k_1  generation 2 takes over, at 66% of its life; without an apply it ends 2027-01-01 08:00 UTC",
      "2026-12-01 08:00 UTC  in 10 days  expires  scanner g2  -    it ends",
      "… and so on for fast",
      "",
      "Keys expire by themselves. All else happens with the first apply at or after its date; later dates follow from that.",
      "",
    ].join("\n"),
  );
});

test("nothing to come is said, and what expires needs no apply", () => {
  expect(renderForecast(aForecast([]), text)).toBe("Nothing is due until 2026-12-21 08:00 UTC\n");
  expect(renderForecast(aForecast([end]), text)).not.toContain("apply");
});

test("JSON is the forecast as it is", () => {
  const forecast = aForecast([rotation, end]);
  expect(JSON.parse(renderForecast(forecast, { ...text, format: "json" }))).toEqual(forecast);
});

test("colours tell what is late from what is to come", () => {
  expect(renderForecast(aForecast([late]), { ...text, colors: true })).toContain(
    "\u001b[31moverdue\u001b[39m",
  );
});

test("G9: what a store says of a key takes no more than its row", () => {
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const entry = {
        ...rotation,
        name: hostile,
        id: hostile,
        at: hostile,
        deadline: hostile,
        message: hostile,
      };
      const shown = renderForecast(aForecast([entry], [hostile]), text);
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(shown.split("\n")).toHaveLength(8);
    }),
  );
});
