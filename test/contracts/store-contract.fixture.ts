/** Stores for the contract kit: directories that go away again, and a clock that only moves when told. */

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKey, keyDigest, last4Of } from "../../src/core/key-format.ts";
import type { Clock, Random } from "../../src/core/ports.ts";
import type { Secret } from "../../src/core/secret.ts";
import type { Transport } from "../../src/http/transport.ts";

export const RANDOM: Random = { bytes: (length) => randomBytes(length) };

export interface MovableClock extends Clock {
  advance(ms: number): void;
}

export function createMovableClock(start = "2026-11-21T08:00:00.000Z"): MovableClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: (ms) => {
      time += ms;
    },
  };
}

export async function makeTemporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "keywright-store-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Registers and activates a key by the bare API, without the adapter. */
export async function makeKeyByHand(
  transport: Transport,
  token: Secret,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<{ id: string; secret: Secret }> {
  const secret = createKey({ prefix: "kw", environment: "live" }, RANDOM);
  const headers = {
    authorization: `Bearer ${token.reveal()}`,
    "content-type": "application/json",
    "idempotency-key": randomBytes(8).toString("hex"),
  };
  const roles = [{ type: "default", role: "READ_ONLY" }];
  const body = JSON.stringify({ name, labels, roles, digest: keyDigest(secret), last4: last4Of(secret) });
  const created = await transport.request({ method: "POST", path: "/v1/keys", headers, body });
  const { id } = JSON.parse(created.body) as { id: string };
  const { authorization } = headers;
  await transport.request({ method: "POST", path: `/v1/keys/${id}/activate`, headers: { authorization } });
  return { id, secret };
}
