/** Looks at each port by itself, whatever the others say. Changes nothing. */

import type { Finding } from "../core/check.ts";
import { type DesiredState, type Slot, slotId } from "../core/desired.ts";
import type { LedgerFindings, ProjectFacts, SinkFindings } from "../core/doctor-facts.ts";
import { compareText } from "../core/issue.ts";
import type { LiveKey } from "../core/live.ts";
import type { KeyStore, SecretSink, StoredLedger } from "../core/ports.ts";
import { runHistory } from "../core/run-history.ts";
import { scheduleOf } from "../core/schedule/check-schedule.ts";
import { needsOf, READING_NEEDS } from "../core/store-needs.ts";
import { type Looking, type Look, startLook } from "./look.ts";
import { mapBounded } from "./map-bounded.ts";

export interface StoreWanted {
  readonly instance: string;
  /** Absent: the manifests are not valid. */
  readonly desired?: DesiredState;
  /** Which key the credential is, as the configuration says. */
  readonly ownKeyId?: string;
}

type StoreFindings = Pick<ProjectFacts, "store" | "listing" | "examination">;

/** `open` gives a sealed store, which is closed at the end. */
export async function examineStore(
  open: (signal: AbortSignal) => Promise<KeyStore>,
  wanted: StoreWanted,
  looking: Looking,
): Promise<StoreFindings> {
  const hint = "check store.url, that the server runs, and the network between";
  const look = startLook(looking, { code: "STORE_UNREACHABLE", hint });
  const opened = await look.at(open);
  if ("fault" in opened) {
    look.end();
    return { store: opened };
  }
  const { found: store, tookMs } = opened;
  try {
    const { identity, capabilities } = store;
    const { maxLifetimeDays } = capabilities;
    return {
      store: { found: { identity, ...(maxLifetimeDays !== undefined && { maxLifetimeDays }) }, tookMs },
      ...(await askStore(store, wanted, look)),
    };
  } finally {
    await look.at(() => store.close());
    look.end();
  }
}

async function askStore(
  store: KeyStore,
  { instance, desired, ownKeyId }: StoreWanted,
  look: Look,
): Promise<Required<Omit<StoreFindings, "store">>> {
  const keys: LiveKey[] = [];
  const read = await look.at(async (signal) => {
    for await (const key of store.list("ApiKey", signal)) keys.push(key);
  });
  const own = ownKeyId === undefined ? {} : { ownKeyId };
  const needs = desired ? needsOf(desired, keys, ownKeyId) : { ...READING_NEEDS, ...own };
  const examination = await look.at((signal) => store.examine(needs, signal));
  const ours = keys.filter(({ marker }) => marker?.instance === instance).length;
  const listing = "fault" in read ? read : { found: { keys: keys.length, ours }, tookMs: read.tookMs };
  return { listing, examination };
}

const PROBES_AT_ONCE = 16;

/** `slots`: those that manifests deliver to; absent: not known. `open` gives a sealed sink. */
export async function examineSink(
  open: () => Promise<SecretSink>,
  slots: readonly Slot[] | undefined,
  looking: Looking,
): Promise<Finding<SinkFindings>> {
  const look = startLook(looking, { code: "SINK_UNUSABLE", hint: "look whether its place answers at all" });
  try {
    const opened = await look.at(open);
    if ("fault" in opened) return opened;
    const { found: sink, tookMs } = opened;
    const { readable, inspectable } = sink.capabilities;
    const probes = await mapBounded(slots ?? [], PROBES_AT_ONCE, async (slot) => ({
      slot: slotId(slot),
      probe: await look.at(() => sink.probe(slot)),
    }));
    const faults = probes
      .flatMap(({ slot, probe }) => ("fault" in probe ? [[slot, probe.fault] as const] : []))
      .sort(([a], [b]) => compareText(a, b));
    return { found: { readable, inspectable, faults, ...(slots && { slots: slots.length }) }, tookMs };
  } finally {
    look.end();
  }
}

/** `open` gives a sealed ledger, which is closed at the end. */
export async function examineLedger(
  open: () => Promise<StoredLedger>,
  looking: Looking,
): Promise<Finding<LedgerFindings>> {
  const look = startLook(looking, { code: "LEDGER_UNUSABLE", hint: "look whether its place answers at all" });
  try {
    const opened = await look.at(open);
    if ("fault" in opened) return opened;
    const { found: ledger, tookMs } = opened;
    const summary = await look.at(() => ledger.verify());
    const holder = await look.at(() => ledger.leaseHolder());
    const lastRun = await look.at(async () => (await runHistory(ledger.events()))[0]);
    const lastCheck = await look.at(async () => scheduleOf(await ledger.records()).lastCheck);
    await look.at(() => ledger.close());
    return { found: { summary, holder, lastRun, lastCheck }, tookMs };
  } finally {
    look.end();
  }
}
