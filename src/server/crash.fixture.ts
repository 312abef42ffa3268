/**
 * A process to be killed: registers keys from a seed one after the other and prints the number of each that the
 * store has acknowledged. Arguments: data directory, seed.
 */

import { createHash } from "node:crypto";
import { createKey } from "../core/key-format.ts";
import type { Random } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { openEmbeddedStore } from "./open-embedded-store.ts";
import { RANDOM, aNewKey } from "./server.fixture.ts";

/** The key with a number: its maker and its judge know it without telling each other. */
export function seededKey(seed: string, number: number): Secret {
  let count = 0;
  const random: Random = {
    bytes: (length) => {
      count += 1;
      return createHash("shake256", { outputLength: length }).update(`${seed}/${number}/${count}`).digest();
    },
  };
  return createKey({ prefix: "kw", environment: "live" }, random);
}

const [directory, seed] = process.argv.slice(2);
if (directory !== undefined && seed !== undefined && process.argv[1]?.endsWith("crash.fixture.ts") === true) {
  const clock = { now: () => new Date() };
  const store = await openEmbeddedStore({ directory, clock, random: RANDOM });
  for (let number = 0; ; number += 1) {
    const { status } = await store.inject({
      method: "POST",
      path: "/v1/keys",
      headers: {
        authorization: `Bearer ${store.adminToken.reveal()}`,
        "content-type": "application/json",
        "idempotency-key": `${seed}-${number}`,
      },
      body: JSON.stringify(aNewKey(seededKey(seed, number))),
    });
    if (status !== 201) throw new Error(`the store answered ${status}`);
    process.stdout.write(`${number}\n`);
  }
}
