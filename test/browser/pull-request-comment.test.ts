/** The comment of a pull request in a real browser. Where there is no Chromium, this is skipped, and says so. */

import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "./chromium.fixture.ts";
import { commentPage } from "./comment-page.fixture.ts";
import { pullRequestComment, pullRequestPlan } from "./pull-request-plan.fixture.ts";

if (!CHROMIUM)
  process.stderr.write("No Chromium: the comment of a pull request is not tried in a browser.\n");

let browser: Browser;
let page: Page;
beforeAll(async () => {
  if (!CHROMIUM) return;
  browser = await launchChromium();
  page = await browser.newPage();
  await page.setContent(commentPage(pullRequestComment()));
});
afterAll(async () => {
  if (CHROMIUM) await browser.close();
});

test("the plan of the picture holds every action that people agree to", () => {
  const plan = pullRequestPlan();
  expect(new Set(plan.changes.map(({ action }) => action))).toEqual(
    new Set(["create", "rotate", "update", "revoke"]),
  );
  expect(plan.changes).toHaveLength(6);
  expect(plan.risks.map((risk) => risk.class)).toContain("first-admin");
  expect(plan.violations).toEqual([]);
});

test.skipIf(!CHROMIUM)(
  "a reader sees sum, risk, needs and a row per change, the dangerous first",
  async () => {
    expect(await page.locator("h3").textContent()).toBe("Keywright plan for acme-prod");
    expect(await page.locator("main > p").first().textContent()).toMatch(/^Plan: 1 to create, 2 to rotate/);
    expect(await page.getByText("Risk high:").isVisible()).toBe(true);
    expect(await page.locator(".important li").allTextContents()).toEqual([
      "an approving review by acme/security, for first admin, privilege widened: payments-api",
      "the label key-may-end, for production revocation: legacy-export",
    ]);
    const names = await page.locator("tbody tr td:nth-child(4)").allTextContents();
    expect(names).toHaveLength(6);
    expect(names[0]).toBe("payments-api");
    const row = page.locator("tbody tr").first().locator("td");
    expect(await row.count()).toBe(6);
    expect(await row.nth(4).textContent()).toBe("first admin, privilege widened");
    expect(await page.locator("a").count()).toBe(1);
    expect(await page.getByText("keywright:plan").count()).toBe(0);
  },
);

test.skipIf(!CHROMIUM)("what a change does is folded, and unfolds", async () => {
  const folds = page.locator("details");
  expect(await folds.count()).toBe(6);
  const field = folds.first().locator("pre .added");
  expect(await field.isVisible()).toBe(false);
  await folds.first().locator("summary").click();
  expect(await field.isVisible()).toBe(true);
  expect(await field.textContent()).toBe("+ roles: ADMIN");
  expect(await folds.first().getByText("next rotation:").isVisible()).toBe(true);
});

test("the picture in the documentation is a small PNG", () => {
  const picture = readFileSync(new URL("../../docs/images/pull-request-comment.png", import.meta.url));
  expect(picture.subarray(1, 4).toString()).toBe("PNG");
  expect(picture.length).toBeLessThanOrEqual(150 * 1024);
});
