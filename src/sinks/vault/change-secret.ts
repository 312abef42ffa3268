/**
 * Changes of a secret that others may change too. Each is made on what was just read, and takes effect only where that is
 * still the newest version; otherwise it is made anew on what is there now. So a write whose answer is lost can be settled: it is
 * either there, or it never takes effect once another version is.
 */

import { setTimeout as pause } from "node:timers/promises";
import { KeywrightError } from "../../core/error.ts";
import { apiPath } from "./vault-place.ts";
import { doubtOf, type Fields, readSecret, type VaultEngine, writeSecret } from "./vault-secret.ts";

/** Undefined: it is as it should be. Throws where it must not be changed. */
export type Change = (fields: Fields) => Fields | undefined;

/** Before each try: a standby may give a reading that is behind for a moment. */
const PAUSES_MS = [0, 10, 20, 50, 100, 200, 500, 1_000, 1_000, 1_000];
const MOST_DOUBTS = 3;

/** Gives the version that holds the change. */
export async function changeSecret(engine: VaultEngine, path: string, change: Change): Promise<number> {
  const { mount, racePausesMs = PAUSES_MS } = engine;
  const doubts: KeywrightError[] = [];
  for (const pauseMs of racePausesMs) {
    if (pauseMs > 0) await pause(pauseMs);
    const found = await readSecret(engine, path);
    const fields = change(found.fields);
    if (!fields) return found.version;
    const [last] = doubts.slice(MOST_DOUBTS - 1);
    if (last) throw last;
    const written = await writeSecret(engine, path, { version: found.version, fields });
    if (typeof written === "number") return written;
    if (written !== "lost race") doubts.push(written.unknown);
  }
  throw new KeywrightError("SINK_CONFLICT", `Somebody else writes ${mount}/${path} again and again.`, {
    hint: "Find out who, then run again.",
  });
}

/** Takes the secret away with all its versions. Idempotent. */
export async function eraseSecret(engine: VaultEngine, path: string): Promise<void> {
  const { api, mount } = engine;
  for (let tries = 1; ; tries += 1) {
    try {
      await api.send({ method: "DELETE", path: apiPath(mount, "metadata", path) });
      return;
    } catch (error) {
      const doubt = doubtOf(error);
      if ((await readSecret(engine, path)).version === 0) return;
      if (tries === MOST_DOUBTS) throw doubt;
    }
  }
}
