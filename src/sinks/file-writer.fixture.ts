/** A process that writes fields of one file through a sink: `<directory> <format> <prefix> <count>`. */

import { fingerprintOf } from "../core/key-format.ts";
import { Secret } from "../core/secret.ts";
import { createFileSink } from "./file.ts";
import type { FileFormat } from "./file/slot-place.ts";

const [directory = "", format = "", prefix = "", count = "0"] = process.argv.slice(2);
const sink = await createFileSink({
  directory,
  format: format as FileFormat,
  clock: { now: () => new Date() },
});
for (let index = 0; index < Number(count); index += 1) {
  const field = `${prefix}_${index}`;
  const secret = Secret.of(`value-of-${field}`);
  const stamp = { key: prefix, operation: "7f3a9c2bq4vd", generation: 1, fingerprint: fingerprintOf(secret) };
  await sink.write({ sink: "local", path: "shared", field }, "current", secret, stamp);
  process.stdout.write(`${field}\n`);
}
