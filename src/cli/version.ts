/** This package's version, from its `package.json`. */

import { packageFile } from "../package-file.ts";

const manifest = JSON.parse(packageFile("package.json")) as { readonly version: string };

export const version = manifest.version;
