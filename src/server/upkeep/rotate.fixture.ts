/**
 * A process to be killed: rotates the key-encryption key of a store and, once it has sealed a number of values again,
 * prints that number and goes no further. Arguments: data directory, number. The database's URL comes in the
 * environment.
 */

import { randomBytes } from "node:crypto";
import { Secret } from "../../core/secret.ts";
import { rotateKek } from "./rotate-kek.ts";

const [directory, stopAt] = process.argv.slice(2);
if (directory === undefined || stopAt === undefined) throw new Error("which directory, which number?");
const url = process.env["KEYWRIGHT_ROTATE_DATABASE_URL"];

await rotateKek(
  {
    directory,
    ...(url !== undefined && { databaseUrl: Secret.of(url) }),
    clock: { now: () => new Date("2026-11-21T08:00:00.000Z") },
    random: { bytes: (length) => randomBytes(length) },
  },
  (resealed) => {
    if (resealed < Number(stopAt)) return;
    process.stdout.write(`${resealed}\n`);
    // Nothing of this process runs from here on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
);
