/** This package's version, from its `package.json`: one level above `src` and `dist` alike. */

import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

export const version = manifest.version;
