/** The table of store drivers. A new store is one file and one line here. */

import type { Clock, KeyStore } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
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

export type StoreSettings = EmbeddedSettings | KeywrightSettings | CortexSettings;

/** What the drivers need from the composition root; each takes what it needs. */
export interface StoreParts {
  readonly clock: Clock;
  /** Opens the key store in this process: only the composition root may know the server. */
  readonly openEmbedded: (settings: EmbeddedSettings) => Promise<EmbeddedStore>;
  /** Reads the configured credential, when a driver asks. */
  readonly readCredential: () => Promise<Secret>;
  /** Ends the opening: INTERRUPTED. */
  readonly signal?: AbortSignal;
}

type Driver = StoreSettings["driver"];
type Open<D extends Driver> = (
  settings: Extract<StoreSettings, { driver: D }>,
  parts: StoreParts,
) => Promise<KeyStore>;

const DRIVERS: { readonly [D in Driver]: Open<D> } = {
  embedded: async (settings, { openEmbedded, signal }) => {
    const store = await openEmbedded(settings);
    const options = { credential: store.adminToken, identify: (id: string) => `embedded:${id}`, signal };
    return createKeywrightStore(createEmbeddedTransport(store, settings.directory), options);
  },
  keywright: async ({ url }, { readCredential, signal }) => {
    // An HTTP client takes long to load, and the embedded store needs none.
    const { openHttpTransport } = await import("../http/http-transport.ts");
    const transport = openHttpTransport(url);
    const credential = await readCredential();
    return createKeywrightStore(transport, { credential, identify: () => identityOf(url), signal });
  },
  cortex: async ({ url }, { readCredential, clock }) => {
    const { openHttpTransport } = await import("../http/http-transport.ts");
    const { createCortexStore } = await import("./cortex/cortex.ts");
    const transport = openHttpTransport(url);
    return createCortexStore({
      transport,
      credential: await readCredential(),
      clock,
      identity: identityOf(url),
    });
  },
};

const identityOf = (url: string): string => url.replace(/\/+$/, "");

/** The names that `store.driver` may have. */
export const STORE_DRIVERS = Object.keys(DRIVERS) as readonly Driver[];

/** Opens the configured store and greets it; see `createKeywrightStore` for what it throws. */
export function openStore(settings: StoreSettings, parts: StoreParts): Promise<KeyStore> {
  const open = DRIVERS[settings.driver] as Open<Driver>;
  return open(settings, parts);
}
