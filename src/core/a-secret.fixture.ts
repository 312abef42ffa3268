/** Secrets and an IP allowlist beside the one key of `a-key.fixture.ts`. */

import { at } from "./a-key.fixture.ts";
import type { AllowlistEntry, DesiredAllowlist, DesiredSecret } from "./desired.ts";
import type { Facts } from "./facts.ts";
import { type KeyRecord, secretRecordName } from "./key-record.ts";
import type { LiveSecrets, OwnedSecret } from "./live.ts";
import { CAPABILITIES, type FactsParts, someFacts } from "./some-facts.fixture.ts";
import type { ValueReading } from "./value-reading.ts";

export const aSecret = (over: Partial<DesiredSecret> = {}): DesiredSecret => ({
  kind: "Secret",
  name: "partner",
  tag: "partner_token",
  displayName: "Partner",
  valueFrom: { sink: "local", path: "partner/token" },
  origin: { file: "partner.yaml", line: 3, column: 9 },
  ...over,
});

export const anOwnedSecret = (over: Partial<OwnedSecret> = {}): OwnedSecret => ({
  kind: "Secret",
  id: "secret_1",
  tag: "partner_token",
  displayName: "Partner",
  name: "partner",
  ...over,
});

/** With a receipt; `over` may take it away. */
export const aSecretRecord = (over: Partial<KeyRecord> = {}, name = "partner"): KeyRecord => ({
  name: secretRecordName(name),
  version: 1,
  retiring: [],
  protected: false,
  secret: { id: "secret_1", fingerprint: "scrypt$…", at: at(0) },
  ...over,
});

export const anAllowlist = (...entries: readonly AllowlistEntry[]): DesiredAllowlist => ({
  kind: "IpAllowlist",
  name: "offices",
  entries,
  origin: { file: "allowlist.yaml", line: 3, column: 9 },
});

export interface NeighbourParts extends FactsParts {
  readonly secrets?: readonly DesiredSecret[];
  readonly liveSecrets?: Partial<LiveSecrets>;
  readonly values?: Readonly<Record<string, ValueReading>>;
  readonly allowlist?: DesiredAllowlist;
  readonly liveAllowlist?: readonly AllowlistEntry[];
}

/** Without parts: nothing beside the key that `someFacts` has. */
export function factsBeside(parts: NeighbourParts = {}): Facts {
  const { secrets, liveSecrets, values = {}, allowlist, liveAllowlist } = parts;
  const manages = [...CAPABILITIES.manages, "Secret", "IpAllowlist"] as const;
  const facts = someFacts({ ...parts, capabilities: { manages, ...parts.capabilities } });
  return {
    ...facts,
    desired: { ...facts.desired, ...(secrets && { secrets }), ...(allowlist && { allowlist }) },
    live: {
      ...facts.live,
      ...(liveSecrets && { secrets: { owned: [], foreign: [], ...liveSecrets } }),
      ...(liveAllowlist && { allowlist: { kind: "IpAllowlist", entries: liveAllowlist } }),
    },
    secretValues: new Map(Object.entries(values)),
  };
}
