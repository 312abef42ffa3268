/** Floor of validate: every file of a directory read and parsed by `yaml`, and nothing made of it. */

import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

const directory = process.argv[2];
const names = readdirSync(directory);
for (const name of names) parse(readFileSync(`${directory}/${name}`, "utf8"));
console.log(`${names.length} parsed`);
