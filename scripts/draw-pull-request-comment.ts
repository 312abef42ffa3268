/** Draws docs/images/pull-request-comment.png: the comment on a pull request, its first change unfolded. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { shrinkPng } from "./shrink-png.ts";
import { launchChromium } from "../test/browser/chromium.fixture.ts";
import { commentPage } from "../test/browser/comment-page.fixture.ts";
import { pullRequestComment } from "../test/browser/pull-request-plan.fixture.ts";

const picture = fileURLToPath(new URL("../docs/images/pull-request-comment.png", import.meta.url));
await mkdir(dirname(picture), { recursive: true });
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1012, height: 800 }, deviceScaleFactor: 1.5 });
  await page.setContent(commentPage(pullRequestComment()));
  await page.locator("summary").first().click();
  await page.mouse.move(0, 0);
  await writeFile(picture, shrinkPng(await page.screenshot({ fullPage: true, animations: "disabled" })));
} finally {
  await browser.close();
}
