/**
 * What the stores that Keywright manages can do and what they tell, as far as it makes a difference to a run: a store in
 * memory behaves like any of them. `test/store-profiles.test.ts` compares the capabilities with those of the adapters.
 */

import type { StoreCapabilities } from "../core/ports.ts";
import { DEFAULT_ROLES } from "../core/role-ref.ts";

export interface StoreProfile {
  readonly capabilities: StoreCapabilities;
  /** Whether a listing shows the last four characters of a secret. */
  readonly tellsLast4: boolean;
  /** Whether it is known which key we authenticate with, without a person saying so. */
  readonly tellsOwnKey: boolean;
  /** Whether keys have numbers for ids, and a value is `<id>:<secret>`. */
  readonly numbersKeys: boolean;
  /** The finest step of its instants, in milliseconds: what is less is cut off. */
  readonly instantMs: number;
}

export type StoreName = "keywright" | "cortex" | "cortex-cloud";

export const STORE_PROFILES: Readonly<Record<StoreName, StoreProfile>> = {
  keywright: {
    capabilities: {
      mint: { by: "client", format: { prefix: "kw", environment: "live" } },
      updatable: ["displayName", "description", "owner", "labels"],
      securityLevels: ["standard"],
      roles: { names: DEFAULT_ROLES, custom: true },
      manages: ["Role", "SecurityPolicy", "Secret", "IpAllowlist"],
      concurrency: 8,
    },
    tellsLast4: true,
    tellsOwnKey: true,
    numbersKeys: false,
    instantMs: 1,
  },
  cortex: {
    capabilities: {
      mint: { by: "store", returnsId: false },
      updatable: ["displayName", "description"],
      securityLevels: ["standard"],
      roles: { names: ["READ_ONLY", "USER", "ADMIN"], custom: true },
      manages: ["Secret", "IpAllowlist"],
      concurrency: 24,
    },
    tellsLast4: true,
    tellsOwnKey: false,
    numbersKeys: false,
    instantMs: 1000,
  },
  "cortex-cloud": {
    capabilities: {
      mint: { by: "store", returnsId: true },
      updatable: ["description", "roles", "scope"],
      securityLevels: ["standard", "advanced"],
      roles: { custom: false },
      maxLifetimeDays: 180,
      manages: [],
      concurrency: 4,
    },
    tellsLast4: false,
    tellsOwnKey: true,
    numbersKeys: true,
    instantMs: 1,
  },
};

export const STORE_NAMES = Object.keys(STORE_PROFILES) as StoreName[];
