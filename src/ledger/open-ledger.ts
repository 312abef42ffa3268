/** The drivers of `ledger.driver`; another one is one file and one line here. */

import type { Ledger } from "../core/ports.ts";
import type { JournalOptions } from "./journal.ts";

export const LEDGER_DRIVERS = {
  file: async (options: JournalOptions): Promise<Ledger> =>
    (await import("./file-ledger.ts")).openFileLedger(options),
} as const;

export type LedgerDriver = keyof typeof LEDGER_DRIVERS;

/** Reads and makes nothing yet: the first call does. */
export const openLedger = (driver: LedgerDriver, options: JournalOptions): Promise<Ledger> =>
  LEDGER_DRIVERS[driver](options);
