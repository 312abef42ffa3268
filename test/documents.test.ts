/** The documentation holds together: links lead somewhere, the index has every page, the security model names checks that are there. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { aHost } from "../src/cli/a-host.fixture.ts";
import { createProgram } from "../src/cli/program.ts";
import { validatorOf } from "../src/schema.ts";
import { SINK_DRIVERS } from "../src/sinks/open-sink.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(ROOT + path, "utf8");

const pagesBelow = (folder: string): readonly string[] =>
  readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);

const DOCS = pagesBelow("docs");
const PAGES = [
  ...DOCS,
  ...pagesBelow("examples"),
  "README.md",
  "CHANGELOG.md",
  "test/security.md",
  "src/README.md",
];

interface Link {
  readonly page: string;
  readonly target: string;
  readonly anchor: string | undefined;
}

/** Relative ones, outside of code; targets from the root. */
const linksOf = (page: string): readonly Link[] =>
  [
    ...read(page)
      .replaceAll(/^```[\s\S]*?^```$/gm, "")
      .replaceAll(/`[^`\n]*`/g, "x")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, href = ""]) => href)
    .filter((href) => !/^[a-z]+:/.test(href))
    .map((href) => {
      const [path = "", anchor] = href.split("#");
      return { page, target: path === "" ? page : normalize(join(dirname(page), path)), anchor };
    });

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [
      ...read(page)
        .replaceAll(/^```[\s\S]*?^```$/gm, "")
        .matchAll(/^#+ (.+)$/gm),
    ].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );

test("every link of every page leads to a file that is there, and to a heading of it", () => {
  const links = PAGES.flatMap(linksOf);
  expect(links.length).toBeGreaterThan(150);
  const broken = links.filter(
    ({ target, anchor }) =>
      !existsSync(ROOT + target) ||
      (anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor)),
  );
  expect(broken).toEqual([]);
});

test("the index has every page of the documentation", () => {
  const linked = new Set(linksOf("docs/README.md").map(({ target }) => target));
  const missing = DOCS.filter((page) => page !== "docs/README.md" && !linked.has(page));
  expect(missing).toEqual([]);
});

test("the overview of sinks has every driver", () => {
  const named = [...read("docs/sinks/README.md").matchAll(/^\| \[?`([a-z-]+)`/gm)].map(
    ([, driver]) => driver,
  );
  expect(new Set(named)).toEqual(new Set(Object.keys(SINK_DRIVERS)));
});

const idsIn = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\b[AGSCI]\d{1,2}\b/g)].map(([id]) => id))].sort();

test("the security model names every check that has tests, and no other", () => {
  const threats = /^## Threats$([\s\S]*?)^## /m.exec(read("docs/security.md"))?.[1] ?? "";
  const rows = [...read("test/security.md").matchAll(/^\| ([AGSCI]\d+) /gm)].map(([, id]) => id ?? "");
  expect(idsIn(threats)).toEqual([...rows].sort());
});

test("the manifest that newcomers are told to write is one, and each command that they are told to run is there", () => {
  const page = read("docs/getting-started.md");
  const manifest = /<<'YAML'\n([\s\S]*?)\nYAML$/m.exec(page)?.[1] ?? "";
  const isManifest = validatorOf("ApiKey");
  expect([isManifest(parse(manifest)), isManifest.errors]).toEqual([true, null]);
  const told = [...page.matchAll(/^keywright ([a-z-]+)/gm)].map(([, command]) => command ?? "");
  expect(told.length).toBeGreaterThan(5);
  const program = createProgram(
    aHost(),
    () => undefined,
    () => undefined,
  );
  const commands = new Set(program.commands.map((command) => command.name()));
  expect(told.filter((command) => !commands.has(command))).toEqual([]);
});

test("no page speaks of what is not the project's", () => {
  const own = PAGES.map((page) => [page, read(page)] as const);
  const foreign = own.filter(([, text]) =>
    /\bregistry\.npmjs\b|\/work\/|\/tmp\/brief|issue #?\d+ of/i.test(text),
  );
  expect(foreign.map(([page]) => page)).toEqual([]);
});
