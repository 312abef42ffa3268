/**
 * A process to be killed: registers keys from a seed, several at once, activates every fifth, and prints what the
 * store has acknowledged. Arguments: data directory, seed, first number, end. The database's URL comes in the
 * environment.
 */

import { createHash } from "node:crypto";
import { createKey } from "../core/key-format.ts";
import type { Random } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { type EmbeddedStore, openEmbeddedStore } from "./open-embedded-store.ts";
import { RANDOM, aNewKey } from "./server.fixture.ts";

const AT_ONCE = 4;

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

/** Status and id of the key. Can be repeated: the same number is the same key. */
export async function createSeeded(
  store: EmbeddedStore,
  seed: string,
  number: number,
): Promise<{ readonly status: number; readonly id: string }> {
  const body = aNewKey(seededKey(seed, number), {
    name: String(number),
    labels: { seed, parity: number % 2 ? "odd" : "even" },
  });
  const { status, body: text } = await store.inject({
    method: "POST",
    path: "/v1/keys",
    headers: { ...headersOf(store), "idempotency-key": `${seed}-${number}` },
    body: JSON.stringify(body),
  });
  return { status, id: String((JSON.parse(text) as { id?: string }).id) };
}

export const headersOf = (store: EmbeddedStore): Record<string, string> => ({
  authorization: `Bearer ${store.adminToken.reveal()}`,
  "content-type": "application/json",
});

async function registerKeys(store: EmbeddedStore, seed: string, from: number, to: number): Promise<void> {
  let next = from;
  const work = async (): Promise<void> => {
    for (let number = next++; number < to; number = next++) {
      const { status, id } = await createSeeded(store, seed, number);
      if (status !== 201) throw new Error(`the store answered ${status}`);
      process.stdout.write(`created ${number}\n`);
      if (number % 5 !== 0) continue;
      const { authorization = "" } = headersOf(store);
      await store.inject({ method: "POST", path: `/v1/keys/${id}/activate`, headers: { authorization } });
      process.stdout.write(`active ${number}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const [directory, seed, from, to] = process.argv.slice(2);
if (directory !== undefined && seed !== undefined && process.argv[1]?.endsWith("crash.fixture.ts") === true) {
  const url = process.env["KEYWRIGHT_CRASH_DATABASE_URL"];
  const database = url === undefined ? {} : { databaseUrl: Secret.of(url) };
  const clock = { now: () => new Date() };
  const store = await openEmbeddedStore({ directory, ...database, clock, random: RANDOM });
  await registerKeys(store, seed, Number(from), Number(to));
  await store.close();
}
