/**
 * Secrets of a KV version 2 engine of HashiCorp Vault or OpenBao as slots: a field of a secret each. What else is in the secret
 * stays as it is. A pending value lies in a secret of its own, outside of what consumers may read.
 */

import type { Slot } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { Receipt } from "../core/key-record.ts";
import type { Clock, SecretSink, SinkEntry, Stage, Stamp } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import type { ProxySettings } from "../http/proxy.ts";
import type { Transport } from "../http/transport.ts";
import { checkMount } from "./vault/check-mount.ts";
import { type Change, changeSecret, eraseSecret } from "./vault/change-secret.ts";
import { createPathTurns } from "./path-turns.ts";
import { parsePending, pendingFields, textOf } from "./vault/pending-fields.ts";
import { probePlace } from "./vault/probe-place.ts";
import { refuseStandby } from "./vault/refuse-standby.ts";
import { withVaultFaults } from "./vault/vault-fault.ts";
import type { VaultLogin } from "./vault/vault-login.ts";
import { placeOf, type VaultPlace } from "./vault/vault-place.ts";
import { type Fields, readSecret, type VaultEngine } from "./vault/vault-secret.ts";
import { createVaultSession, type VaultSessionParts } from "./vault/vault-session.ts";

export { describeVaultSlot } from "./vault/vault-place.ts";

/** Any storage takes it: the smallest limit, Consul's, is 512 KiB for a whole secret. */
const MAX_BYTES = 256 * 1024;

export interface VaultSinkOptions {
  readonly address: string;
  readonly mount: string;
  readonly namespace?: string;
  /** Globs: the only paths that manifests may use. */
  readonly paths?: readonly string[];
  readonly login: VaultLogin;
  readonly clock: Clock;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
  /** Hears of each token, which must stand in no text. */
  readonly onToken?: (token: Secret) => void;
}

/** Throws INPUT_INVALID for an address that a token must not be sent to. Asks for nothing yet. */
export async function openVaultSink(options: VaultSinkOptions): Promise<SecretSink> {
  // An HTTP client takes long to load, and other sinks need none.
  const { openHttpTransport } = await import("../http/http-transport.ts");
  const { address, proxy, ...parts } = options;
  return createVaultSink({ ...parts, transport: openHttpTransport(address, {}, proxy) });
}

export interface VaultSinkParts extends VaultSessionParts {
  readonly transport: Transport;
  readonly mount: string;
  readonly racePausesMs?: readonly number[];
}

export const createVaultSink = (parts: VaultSinkParts): SecretSink => new VaultSink(parts);

class VaultSink implements SecretSink {
  readonly capabilities = { readable: true, inspectable: false, maxBytes: MAX_BYTES };
  readonly #engine: VaultEngine;
  readonly #clock: Clock;
  readonly #turns = createPathTurns();
  #mountCheck: Promise<void> | undefined;

  constructor({ mount, racePausesMs, ...parts }: VaultSinkParts) {
    const api = createVaultSession({ ...parts, transport: refuseStandby(parts.transport) });
    this.#engine = { api, mount, ...(racePausesMs && { racePausesMs }) };
    this.#clock = parts.clock;
  }

  read(slot: Slot, stage: Stage): Promise<SinkEntry | undefined> {
    return withVaultFaults("SINK_UNUSABLE", slot, async () => {
      const place = placeOf(slot);
      const engine = await this.#checkedEngine();
      const { fields } = await readSecret(engine, pathOf(place, stage));
      return entryIn(fields, place, stage);
    });
  }

  async inspect(slot: Slot): Promise<never> {
    throw new KeywrightError("SINK_UNUSABLE", `${whereOf(placeOf(slot), "current")} can be read: read it.`);
  }

  async write(
    slot: Slot,
    stage: Stage,
    secret: Secret,
    stamp: Stamp,
    expected?: string | null,
  ): Promise<Receipt> {
    const place = placeOf(slot);
    const value = sizedValue(secret, place);
    const version = await this.#change(slot, pathOf(place, stage), (fields) => {
      const wanted =
        stage === "pending"
          ? pendingFields(value, stamp)
          : new Map([...fields, [place.field, JSON.stringify(value)]]);
      // Also what a write of ours put there whose answer was lost.
      if (isSame(fields, wanted)) return undefined;
      if (expected !== undefined) compare(expected, fields, place, stage);
      return wanted;
    });
    const { generation, fingerprint } = stamp;
    const at = this.#clock.now().toISOString();
    return { slot, generation, fingerprint, at, version: String(version) };
  }

  async remove(slot: Slot, stage: Stage): Promise<void> {
    const { path, pendingPath, field } = placeOf(slot);
    if (stage === "pending") {
      await withVaultFaults("SINK_WRITE_FAILED", slot, async () =>
        this.#turns(pendingPath, async () => eraseSecret(await this.#checkedEngine(), pendingPath)),
      );
    } else {
      await this.#change(slot, path, (fields) =>
        fields.has(field) ? new Map([...fields].filter(([name]) => name !== field)) : undefined,
      );
    }
  }

  async probe(slot: Slot): Promise<void> {
    await withVaultFaults("SINK_UNUSABLE", slot, async () => {
      const place = placeOf(slot);
      await probePlace(await this.#checkedEngine(), place);
    });
  }

  #change(slot: Slot, path: string, change: Change): Promise<number> {
    return withVaultFaults("SINK_WRITE_FAILED", slot, () =>
      this.#turns(path, async () => changeSecret(await this.#checkedEngine(), path, change)),
    );
  }

  /** Looked at once; again where that failed. */
  async #checkedEngine(): Promise<VaultEngine> {
    const check = (this.#mountCheck ??= checkMount(this.#engine));
    try {
      await check;
    } catch (error) {
      if (this.#mountCheck === check) this.#mountCheck = undefined;
      throw error;
    }
    return this.#engine;
  }
}

const pathOf = ({ path, pendingPath }: VaultPlace, stage: Stage): string =>
  stage === "pending" ? pendingPath : path;

const whereOf = ({ path, pendingPath, field }: VaultPlace, stage: Stage): string =>
  stage === "pending" ? `the Vault secret ${pendingPath}` : `${field} of the Vault secret ${path}`;

function sizedValue(secret: Secret, place: VaultPlace): string {
  const value = secret.reveal();
  const bytes = Buffer.byteLength(value);
  if (bytes > 0 && bytes <= MAX_BYTES) return value;
  throw new KeywrightError(
    "SINK_UNUSABLE",
    `The value for ${whereOf(place, "current")} is empty or longer than ${MAX_BYTES} bytes.`,
  );
}

function entryIn(fields: Fields, place: VaultPlace, stage: Stage): SinkEntry | undefined {
  if (stage === "pending") return parsePending(fields, place.pendingPath);
  const text = textOf(fields.get(place.field));
  return text === undefined ? undefined : { secret: Secret.of(text) };
}

function compare(expected: string | null, fields: Fields, place: VaultPlace, stage: Stage): void {
  const found = entryIn(fields, place, stage);
  if ((found ? fingerprintOf(found.secret) : null) === expected) return;
  const wanted =
    expected === null ? "is not empty" : found ? "holds another value than expected" : "is empty";
  throw new KeywrightError("SINK_CONFLICT", `${whereOf(place, stage)} ${wanted}`, {
    hint: "somebody else wrote it meanwhile: plan and apply again",
  });
}

/** Names and values, in any order. */
const isSame = (fields: Fields, wanted: Fields): boolean =>
  fields.size === wanted.size && [...wanted].every(([name, json]) => sameJson(fields.get(name), json));

/** Go escapes more characters than JavaScript does. */
const sameJson = (found: string | undefined, wanted: string): boolean =>
  found !== undefined && (found === wanted || JSON.stringify(JSON.parse(found)) === wanted);
