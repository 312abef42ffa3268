import { expect, test } from "vitest";
import { aHost } from "./a-host.fixture.ts";
import { print, printError } from "./print.ts";

const GITHUB = { GITHUB_ACTIONS: "true" };

test("G11: in a workflow, text for people is fenced against commands", () => {
  const host = aHost({ env: GITHUB });
  print(host, "::set-output name=x::y\n");
  expect(host.printed.out).toMatch(/^::stop-commands::([0-9a-f]{32})\n::set-output name=x::y\n::\1::\n$/);
});

test("G11: errors are fenced as well, each with a token of its own", () => {
  const host = aHost({ env: GITHUB });
  printError(host, "one\n");
  printError(host, "two\n");
  const tokens = [...host.printed.err.matchAll(/stop-commands::(\w+)/g)].map(([, token]) => token);
  expect(new Set(tokens).size).toBe(2);
});

test.each(["json", "sarif", "github"])("%s is printed as it is", (format) => {
  const host = aHost({ env: GITHUB });
  print(host, "{}\n", format);
  expect(host.printed.out).toBe("{}\n");
});

test("elsewhere nothing is fenced", () => {
  const host = aHost();
  print(host, "plain\n");
  expect(host.printed.out).toBe("plain\n");
});
