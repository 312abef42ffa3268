/**
 * A process that writes a ledger until it is done or killed: `<directory> <name> <what> <count>`. The ledger is in that
 * directory, in the PostgreSQL database of `LEDGER_URL`, or in a branch of the repository `LEDGER_REMOTE`.
 */

import { randomBytes } from "node:crypto";
import { Secret } from "../core/secret.ts";
import type { StoredLedger } from "../core/ports.ts";
import { openFileLedger } from "./file-ledger.ts";
import { openGitLedger } from "./git-ledger.ts";
import { openPostgresLedger } from "./postgres-ledger.ts";

const [directory = "", name = "", what = "", count = "0"] = process.argv.slice(2);
const instance = "acme-prod";
const clock = { now: () => new Date() };
const random = { bytes: (length: number) => randomBytes(length) };
const ledger = await openHere();
const at = "2026-11-21T08:15:00.000Z";

function openHere(): Promise<StoredLedger> | StoredLedger {
  const { LEDGER_URL: url, LEDGER_REMOTE: remote, ...environment } = process.env;
  if (url !== undefined) {
    return openPostgresLedger({ instance, clock, random, readUrl: () => Promise.resolve(Secret.of(url)) });
  }
  if (remote === undefined) return openFileLedger({ directory, instance, clock });
  const settings = { remote, repository: directory, branch: "keywright-ledger" };
  return openGitLedger(settings, { instance, clock, random, environment });
}

/** Appends events, up to 8 at once, and tells each one's number once it is acknowledged. */
async function append(): Promise<void> {
  for (let next = 0; next < Number(count); next += 8) {
    const numbers = Array.from({ length: 8 }, (_, index) => next + index);
    await Promise.all(
      numbers.map(async (number) => {
        const operation = String(number);
        await ledger.append({
          type: "intent",
          run: name,
          at,
          effect: "create-key",
          kind: "ApiKey",
          name,
          operation,
        });
        process.stdout.write(`${number}\n`);
      }),
    );
  }
}

/** Counts one shared record up, again and again when another process was faster. */
async function countUp(): Promise<void> {
  for (let done = 0; done < Number(count);) {
    const version = (await ledger.records()).get("shared")?.version ?? 0;
    const granted = await ledger
      .claim("shared", version, { retiring: [], protected: false })
      .catch(() => undefined);
    if (granted) done += 1;
  }
}

async function hold(): Promise<void> {
  await ledger.lease({ run: name, description: `process ${process.pid}` }, 0);
  process.stdout.write("held\n");
  await new Promise((resolve) => process.stdin.once("end", resolve).resume());
}

const work = new Map([
  ["append", append],
  ["count", countUp],
  ["hold", hold],
]);
await work.get(what)?.();
await ledger.close();
