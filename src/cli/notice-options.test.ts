import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHost } from "./a-host.fixture.ts";
import { runCli } from "./run-cli.ts";

test.each([
  [["--notice-days", "7,x"], "--notice-days 7,x is no list of days"],
  [["--notice-webhook-url", "http://hooks.example.com"], "would send notices over http://"],
  [["--notice-webhook-url", "https://hooks.example.com"], "has no secret"],
  [["--notice-to", "a@example.com", "--notice-to", "b@example.com"], "need a mail server"],
  [["--notice-smtp-url-file", "smtp"], "There is no file smtp"],
])("serve %j is refused before anything is made", async (options, expected) => {
  const cwd = await mkdtemp(join(tmpdir(), "keywright-cli-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const host = aHost({ cwd });
  expect(await runCli(["serve", ...options], host)).toBe(1);
  expect(host.printed.err).toContain(expected);
  expect(await readdir(cwd)).toEqual([]);
});

test("the options and the environment together tell of keys, until the server is asked to end", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "keywright-cli-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const ending = new AbortController();
  const env = { KEYWRIGHT_SMTP_URL: "smtp://127.0.0.1:2525" };
  const host = aHost({ cwd, env, signal: ending.signal });
  const options = ["--notice-days", "14", "--notice-from", "k@example.com", "--notice-to", "o@example.com"];
  const ended = runCli(["serve", "--port", "0", ...options, "--notice-owners"], host);
  while (!host.printed.out.includes("Listening on")) await new Promise((next) => setImmediate(next));
  ending.abort();
  expect(await ended).toBe(0);
  expect(host.printed.err).toBe("");
});
