/** One key as manifest, store, ledger and sink know it: settled, until a test says otherwise. */

import type { DesiredKey, Slot } from "./desired.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import type { CurrentKey, KeyRecord } from "./key-record.ts";
import type { LiveKey, Marker, OwnedKey } from "./live.ts";
import { mintRequest } from "./mint-request.ts";
import type { SlotReading } from "./slot-reading.ts";

export const NOW = new Date("2026-11-21T12:00:00.000Z");

/** `ms` after `NOW`, or before it when negative. ISO 8601. */
export const at = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();

export const SLOT: Slot = { sink: "local", path: "ci/scanner" };

/** Lives 90 days, is rotated at two thirds of that with a day of overlap. */
export const aDesiredKey = (over: Partial<DesiredKey> = {}): DesiredKey => ({
  kind: "ApiKey",
  name: "scanner",
  previousNames: [],
  owner: "platform",
  labels: { tier: "internal" },
  displayName: "Scanner",
  description: "Scans",
  roles: [{ type: "default", role: "READ_ONLY" }],
  expires: { type: "after", ms: 90 * DAY_MS },
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 24 * HOUR_MS },
  securityLevel: "standard",
  protected: false,
  deliverTo: [SLOT],
  origin: { file: "keys/scanner.yaml", line: 1, column: 1 },
  ...over,
});

/** Minted 10 days ago from `aDesiredKey()`. */
export const aLiveKey = (over: Partial<LiveKey> = {}, marker: Partial<Marker> = {}): OwnedKey => ({
  kind: "ApiKey",
  id: "ak1",
  displayName: "Scanner",
  description: "Scans",
  owner: "platform",
  labels: { tier: "internal" },
  roles: [{ type: "default", role: "READ_ONLY" }],
  last4: "aaaa",
  createdAt: at(-10 * DAY_MS),
  expiresAt: at(80 * DAY_MS),
  status: "active",
  securityLevel: "standard",
  ...over,
  marker: { instance: "acme", name: "scanner", generation: 1, operation: "op1", ...marker },
});

/** A key without a marker, as people make it. */
export function aForeignKey(over: Partial<LiveKey> = {}): LiveKey {
  const { marker: _, ...key } = aLiveKey({ id: "made-by-hand", ...over });
  return key;
}

/** What the ledger remembers of `key` once it is promoted. */
export const aCurrent = (key: OwnedKey = aLiveKey(), over: Partial<CurrentKey> = {}): CurrentKey => ({
  operation: key.marker.operation,
  generation: key.marker.generation,
  id: key.id,
  fingerprint: fingerprintFor(key),
  last4: key.last4 ?? "",
  expires: { type: "after", ms: 90 * DAY_MS },
  ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
  promotedAt: key.createdAt,
  receipts: [aReceipt(SLOT, key)],
  ...over,
});

export const aReceipt = (slot: Slot, key: OwnedKey): CurrentKey["receipts"][number] => ({
  slot,
  generation: key.marker.generation,
  fingerprint: fingerprintFor(key),
  at: key.createdAt,
});

export const aRecord = (key: OwnedKey = aLiveKey(), over: Partial<KeyRecord> = {}): KeyRecord => ({
  name: key.marker.name,
  version: 1,
  current: aCurrent(key),
  retiring: [],
  protected: false,
  ...over,
});

/** A record without a current key. */
export function anEmptyRecord(over: Partial<KeyRecord> = {}): KeyRecord {
  const { current: _, ...record } = aRecord();
  return { ...record, ...over };
}

export const anIntent = (generation: number, operation: string): NonNullable<KeyRecord["intent"]> => ({
  operation,
  generation,
  run: "run1",
  at: at(-HOUR_MS),
  fingerprint: `fp-${operation}`,
  slots: [],
  request: mintRequest(aDesiredKey()),
});

/** What a readable slot shows that holds the secret of `key`. */
export const holding = (key: OwnedKey): SlotReading => ({
  type: "value",
  fingerprint: fingerprintFor(key),
  last4: key.last4 ?? "",
});

export const fingerprintFor = ({ marker }: OwnedKey): string => `fp-${marker.operation}`;
