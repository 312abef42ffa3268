/**
 * Loaded into a tool's process: counts what it does to the files below STRIKE_DIRECTORY (a write, a rename into it, a
 * removal), and kills the process at the one that STRIKE_AT names: before it, after it, or while it writes, when the
 * file is there and empty. Without STRIKE_AT it only tells the count, in the file STRIKE_COUNT.
 *
 * With CHEAP_KEY_DERIVATION the key derivation of `node:crypto`'s scrypt is made cheap. It is most of alchemy's time
 * and has no part in what is counted: the state stays encrypted.
 */

import crypto from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";

const { STRIKE_DIRECTORY: directory, STRIKE_AT, STRIKE_WHEN: when, STRIKE_COUNT } = process.env;
const at = STRIKE_AT === undefined ? undefined : Number(STRIKE_AT);
let count = 0;

const die = () => process.kill(process.pid, "SIGKILL");

/** Temporary files become visible only when they are renamed. */
const isCounted = (path) =>
  typeof path === "string" && resolve(path).startsWith(`${directory}${sep}`) && !path.endsWith(".tmp");

const striking =
  (original, pathOf, half = () => undefined) =>
  async (...args) => {
    if (!isCounted(pathOf(args))) return original(...args);
    const isStruck = count === at;
    count += 1;
    if (!isStruck) return original(...args);
    if (when === "after") await original(...args);
    if (when === "during") half(pathOf(args));
    die();
    return new Promise(() => undefined);
  };

const truncate = (path) => closeSync(openSync(path, "w", 0o600));

promises.writeFile = striking(promises.writeFile, ([path]) => path, truncate);
promises.rename = striking(promises.rename, ([, path]) => path);
promises.unlink = striking(promises.unlink, ([path]) => path);
promises.rm = striking(promises.rm, ([path]) => path);

if (process.env.CHEAP_KEY_DERIVATION) {
  const { scrypt } = crypto;
  crypto.scrypt = (password, salt, length, options, done) =>
    scrypt(password, salt, length, { ...options, N: 16 }, done);
}
syncBuiltinESMExports();

if (STRIKE_COUNT !== undefined) process.on("exit", () => writeFileSync(STRIKE_COUNT, String(count)));
