/** `keywright ledger verify`: whether the history holds, and what it holds. */

import { KeywrightError } from "../../core/error.ts";
import type { LedgerHead } from "../../core/ledger-summary.ts";
import { renderLedgerSummary } from "../../report/render-ledger-summary.ts";
import { openLedgerOf } from "../../wire/open-world.ts";
import type { Host } from "../host.ts";
import { loggerFor, projectFor } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

export interface LedgerVerifyOptions extends GlobalOptions {
  readonly format: "text" | "json";
  readonly head?: string;
}

export async function verifyLedger(host: Host, options: LedgerVerifyOptions): Promise<number> {
  const noted = options.head === undefined ? undefined : parseHead(options.head);
  const project = await projectFor(host, options, loggerFor(host, options));
  const { instance } = project.config;
  const { driver } = project.config.ledger;
  const ledger = await openLedgerOf(project);
  try {
    const summary = await ledger.verify(noted);
    const { format } = options;
    print(host, renderLedgerSummary(summary, { format, colors: host.hasColors, instance, driver }), format);
    return 0;
  } finally {
    await ledger.close();
  }
}

function parseHead(text: string): LedgerHead {
  const [, number, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number !== undefined && hash !== undefined) return { sequence: Number(number), hash };
  throw new KeywrightError("USAGE", "--head is no number and hash of a line", {
    hint: "as `keywright ledger verify` prints it: 42:9f86d081884c7d65…, the hash whole",
  });
}
