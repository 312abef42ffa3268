/** The demo runs, and the README shows what it really prints. */

import { readFile, rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { runMain } from "./project.fixture.ts";

/** What differs from run to run, and from day to day. */
const normalized = (text: string): string =>
  text
    .replaceAll(/\/\S*keywright-demo-\w+/g, "DIRECTORY")
    .replaceAll(/ks_[0-9a-f]{16}/g, "STORE")
    .replaceAll(/key_[0-9a-z]+/g, "KEY")
    .replaceAll(/\b\d{8}T\d{6}Z-[0-9a-v]{6}\b/g, "RUN")
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d+Z| UTC)/g, "TIME")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "COMMIT")
    .replaceAll(/…\w{4}/g, "LAST4")
    .replaceAll(/\b\d+\.\d s\b/g, "SECONDS")
    .replaceAll(/\b[0-9A-Za-z]{4} {3}(local|app):/g, "LAST4 $1:")
    .replaceAll(/ {2,}/g, "  ");

test("the demo goes the whole way, and each line of the README's transcript is one of its lines", async () => {
  const { code, out, err } = await runMain(["demo"]);
  const directory = /in (\/\S*keywright-demo-\w+)/.exec(out)?.[1];
  if (directory) await rm(directory, { recursive: true, force: true });
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out).toContain("No changes: 3 keys are as declared.");
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const transcript = /<!-- transcript -->\n+```console\n([\s\S]*?)```\n+<!-- \/transcript -->/.exec(
    readme,
  )?.[1];
  const printed = new Set(normalized(out).split("\n"));
  const lines = normalized(transcript ?? "")
    .split("\n")
    .filter((line) => line !== "" && line !== "…");
  expect(lines.length).toBeGreaterThan(25);
  expect(lines.filter((line) => !printed.has(line))).toEqual([]);
});
