/** Reads what lies beside the keys of a store, where anybody asked for it: its secrets and its IP allowlist. */

import type { DesiredSecret, DesiredState } from "../core/desired.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import { type KeyRecord, secretRecordName } from "../core/key-record.ts";
import type { LiveState } from "../core/live.ts";
import { hasSecretRecords, splitSecrets } from "../core/own-secrets.ts";
import type { SecretSink } from "../core/ports.ts";
import type { ValueReading } from "../core/value-reading.ts";
import { mapBounded } from "./map-bounded.ts";
import { readAll } from "./read-all.ts";
import { hasFingerprint } from "./value-fingerprint.ts";
import type { World } from "./world.ts";

export interface Neighbours
  extends Pick<LiveState, "secrets" | "allowlist" | "complete">, Pick<Facts, "secretValues"> {}

type Records = ReadonlyMap<string, KeyRecord>;

export async function readNeighbours(
  world: World,
  desired: DesiredState,
  records: Records,
  signal: AbortSignal | undefined,
): Promise<Neighbours> {
  const [secrets, allowlist] = await Promise.all([
    readSecrets(world, desired, records, signal),
    readAllowlist(world, desired, signal),
  ]);
  return { ...secrets, ...allowlist, complete: secrets.complete && allowlist.complete };
}

async function readSecrets(
  { store, sinks, clock }: World,
  { secrets = [] }: DesiredState,
  records: Records,
  signal: AbortSignal | undefined,
): Promise<Neighbours> {
  const isAsked = secrets.length > 0 || hasSecretRecords(records);
  if (!isAsked || !store.capabilities.manages.includes("Secret")) return { complete: true };
  const [{ items, complete }, values] = await Promise.all([
    readAll(store, "Secret", signal),
    mapBounded(secrets, READS_AT_ONCE, (secret) =>
      readValue(sinks.get(secret.valueFrom.sink), secret, records),
    ),
  ]);
  const names = new Set(secrets.map(({ name }) => name));
  return {
    secrets: splitSecrets(items, records, { names, now: clock.now() }),
    secretValues: new Map(values.map((value, index) => [secrets[index]?.name ?? "", value])),
    complete,
  };
}

/** Each keeps a thread busy for a while: see `value-fingerprint.ts`. */
const READS_AT_ONCE = 4;

async function readValue(
  sink: SecretSink | undefined,
  { name, valueFrom }: DesiredSecret,
  records: Records,
): Promise<ValueReading> {
  if (!sink) return { type: "unreadable", message: `no sink is named ${valueFrom.sink}` };
  if (!sink.capabilities.readable) return { type: "blind" };
  try {
    const entry = await sink.read(valueFrom, "current");
    if (!entry) return { type: "empty" };
    const receipt = records.get(secretRecordName(name))?.secret;
    if (!receipt) return { type: "new" };
    return { type: (await hasFingerprint(entry.secret, receipt.fingerprint)) ? "same" : "changed" };
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const { message, hint } = error;
    return { type: "unreadable", message, ...(hint !== undefined && { hint }) };
  }
}

async function readAllowlist(
  { store }: World,
  { allowlist }: DesiredState,
  signal: AbortSignal | undefined,
): Promise<Neighbours> {
  if (!allowlist || !store.capabilities.manages.includes("IpAllowlist")) return { complete: true };
  const { items, complete } = await readAll(store, "IpAllowlist", signal);
  const [found] = items;
  return { ...(found && { allowlist: found }), complete };
}
