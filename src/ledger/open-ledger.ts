/** The table of ledger drivers. A new ledger is one file and one line here. */

import type { Clock, Random, StoredLedger } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";

export type LedgerSettings =
  | { readonly driver: "file"; readonly directory: string }
  | {
      readonly driver: "git";
      readonly remote: string;
      readonly repository: string;
      readonly branch: string;
    }
  | { readonly driver: "postgres" };

/** What the drivers need from the composition root; each takes what it needs. */
export interface LedgerParts {
  readonly instance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the configured address of the database. */
  readonly readUrl: () => Promise<Secret>;
}

type Driver = LedgerSettings["driver"];
type Open<D extends Driver> = (
  settings: Extract<LedgerSettings, { driver: D }>,
  parts: LedgerParts,
) => Promise<StoredLedger>;

export const LEDGER_DRIVERS: { readonly [D in Driver]: Open<D> } = {
  file: async ({ directory }, { instance, clock }) =>
    (await import("./file-ledger.ts")).openFileLedger({ directory, instance, clock }),
  git: async (settings, parts) => (await import("./git-ledger.ts")).openGitLedger(settings, parts),
  postgres: async (_settings, parts) => (await import("./postgres-ledger.ts")).openPostgresLedger(parts),
};

/** Reads and makes nothing yet: the first call does. */
export function openLedger(settings: LedgerSettings, parts: LedgerParts): Promise<StoredLedger> {
  const open = LEDGER_DRIVERS[settings.driver] as Open<Driver>;
  return open(settings, parts);
}
