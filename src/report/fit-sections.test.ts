import { expect, test } from "vitest";
import { fitSections, type Section } from "./fit-sections.ts";

const section = (what: string, count: number, over: Partial<Section> = {}): Section => ({
  what,
  before: `${what}:`,
  items: Array.from({ length: count }, () => what.repeat(10)),
  after: ";",
  ...over,
});

const fit = (maxLength: number, ...sections: readonly Section[]): string =>
  fitSections("head ", sections, maxLength, (missing) => ` (${missing})`);

test("what fits is shown whole", () => {
  expect(fit(25, section("a", 1), section("b", 0))).toBe(`head a:${"a".repeat(10)};`);
});

test("the last sections give way first, and what is missing is told", () => {
  const shown = fit(1_000, section("a", 50), section("b", 60));
  expect(shown).toBe(`head a:${"a".repeat(500)};b:${"b".repeat(80)}; (52 of 60 b)`);
});

test("a section with a share gets it before others, wherever it stands, and no more", () => {
  const shown = fit(1_000, section("a", 90), section("b", 90, { share: 0.25 }));
  expect(shown).toBe(`head a:${"a".repeat(340)};b:${"b".repeat(240)}; (56 of 90 a, 66 of 90 b)`);
});

test("where a section is cut, those after it are left out, though some of their items would fit", () => {
  const long = section("a", 0, { items: ["a".repeat(300), "a".repeat(900)] });
  expect(fit(1_000, long, section("b", 1))).toBe(`head a:${"a".repeat(300)}; (1 of 2 a, 1 of 1 b)`);
});

test("nothing is shown of a section none of whose items fit", () => {
  expect(fit(450, section("a", 0, { items: ["a".repeat(900)] }))).toBe("head  (1 of 1 a)");
});
