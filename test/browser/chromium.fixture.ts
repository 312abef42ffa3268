/** The browser of this machine, where there is one. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const CANDIDATES = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** Its path; undefined: there is none. */
export const CHROMIUM = CANDIDATES.find((path) => path !== undefined && existsSync(path));

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"];

/** To be closed by the caller. */
export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error("no Chromium: set CHROMIUM to the path of one");
  return chromium.launch({ executablePath: CHROMIUM, args: QUIET });
}
