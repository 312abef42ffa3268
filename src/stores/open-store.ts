/** The table of store drivers. A new store is one file and one line here. */

import type { Clock, KeyStore, Random } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { type EmbeddedStore, createEmbeddedTransport } from "./embedded-transport.ts";
import { createKeywrightStore } from "./keywright.ts";

export interface EmbeddedSettings {
  readonly driver: "embedded";
  readonly directory: string;
  readonly pepperFile?: string;
}

export interface KeywrightSettings {
  readonly driver: "keywright";
  readonly url: string;
}

export interface CortexSettings {
  readonly driver: "cortex";
  readonly url: string;
}

export interface CortexCloudSettings {
  readonly driver: "cortex-cloud";
  readonly url: string;
  /** Absent: the credential begins with it. */
  readonly keyId?: number;
  /** Of the key that we run with. */
  readonly securityLevel: "standard" | "advanced";
}

export type StoreSettings = EmbeddedSettings | KeywrightSettings | CortexSettings | CortexCloudSettings;

/** What the drivers need from the composition root; each takes what it needs. */
export interface StoreParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Opens the key store in this process: only the composition root may know the server. */
  readonly openEmbedded: (settings: EmbeddedSettings) => Promise<EmbeddedStore>;
  /** Reads the configured credential, when a driver asks. */
  readonly readCredential: () => Promise<Secret>;
  /** Ends the opening: INTERRUPTED. */
  readonly signal?: AbortSignal;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
}

type Driver = StoreSettings["driver"];
type Open<D extends Driver> = (
  settings: Extract<StoreSettings, { driver: D }>,
  parts: StoreParts,
) => Promise<KeyStore>;

const DRIVERS: { readonly [D in Driver]: Open<D> } = {
  embedded: async (settings, { openEmbedded, signal }) => {
    const store = await openEmbedded(settings);
    const options = { credential: store.adminToken, identify: embeddedIdentity, signal, isInProcess: true };
    return createKeywrightStore(createEmbeddedTransport(store, settings.directory), options);
  },
  keywright: async ({ url }, { readCredential, signal, clock, proxy }) => {
    // An HTTP client takes long to load, and the embedded store needs none.
    const { openHttpTransport } = await import("../http/http-transport.ts");
    const transport = openHttpTransport(url, {}, proxy);
    const credential = await readCredential();
    const options = { credential, identify: () => identityOf(url), signal, clock };
    return createKeywrightStore(transport, options);
  },
  cortex: async ({ url }, { readCredential, clock, signal, proxy }) => {
    const { openHttpTransport } = await import("../http/http-transport.ts");
    const { createCortexStore } = await import("./cortex/cortex.ts");
    const transport = openHttpTransport(url, {}, proxy);
    return createCortexStore({
      transport,
      credential: await readCredential(),
      clock,
      signal,
      identity: identityOf(url),
    });
  },
  "cortex-cloud": async ({ url, ...settings }, { readCredential, clock, random, signal, proxy }) => {
    const { openHttpTransport } = await import("../http/http-transport.ts");
    const { cloudCredentialOf } = await import("./cortex-cloud/cloud-credential.ts");
    const { openCortexCloudStore } = await import("./cortex-cloud/cortex-cloud.ts");
    const transport = openHttpTransport(url, {}, proxy);
    const credential = cloudCredentialOf(await readCredential(), settings);
    const identity = identityOf(url);
    return openCortexCloudStore({ transport, credential, clock, random, identity, signal });
  },
};

const embeddedIdentity = (id: string): string => `embedded:${id}`;
const identityOf = (url: string): string => url.replace(/\/+$/, "");

/** The names that `store.driver` may have. */
export const STORE_DRIVERS = Object.keys(DRIVERS) as readonly Driver[];

/** Opens the configured store and greets it; see `createKeywrightStore` for what it throws. */
export function openStore(settings: StoreSettings, parts: StoreParts): Promise<KeyStore> {
  const open = DRIVERS[settings.driver] as Open<Driver>;
  return open(settings, parts);
}
