/** The API's page in a real browser. Where there is no Chromium, this is skipped, and says so. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, serve } from "../../src/server/serve.ts";
import { CHROMIUM, launchChromium } from "./chromium.fixture.ts";

if (!CHROMIUM) process.stderr.write("No Chromium: the page at /docs is not tried in a browser.\n");

let root: string;
let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  if (!CHROMIUM) return;
  root = await mkdtemp(join(tmpdir(), "keywright-browser-"));
  server = await serve({ directory: join(root, "store"), port: 0 });
  browser = await launchChromium();
});
afterAll(async () => {
  if (!CHROMIUM) return;
  await browser.close();
  await server.close();
  await rm(root, { recursive: true, force: true });
});

test.skipIf(!CHROMIUM)("the page at /docs shows every route, from this server alone", async () => {
  const page = await browser.newPage();
  const faults: string[] = [];
  const foreign: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(server.url))
      foreign.push(request.url());
  });
  await page.goto(`${server.url}/docs/`);
  await page.locator(".opblock").first().waitFor();
  const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, object>>;
  };
  const routes = Object.values(description.paths).flatMap((methods) => Object.keys(methods));
  expect(await page.locator(".opblock").count()).toBe(routes.length);
  expect(faults).toEqual([]);
  expect(foreign).toEqual([]);
});

test.skipIf(!CHROMIUM)("a route can be tried from the page", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/docs/`);
  const health = page.locator(".opblock", { hasText: "/healthz" });
  await health.click();
  await health.getByRole("button", { name: "Try it out" }).click();
  await health.getByRole("button", { name: "Execute" }).click();
  const answer = health.locator(".live-responses-table .response-col_status");
  await answer.first().waitFor();
  expect(await health.locator(".live-responses-table").textContent()).toContain('"ok"');
});
