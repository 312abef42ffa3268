import type { Ledger } from "../core/ports.ts";
import { CLAIM_MS, renewClaim } from "../core/schedule/claim-tick.ts";
import { rewriteSchedule } from "../reconcile/rewrite-schedule.ts";
import { errorOf } from "./check-outcome.ts";
import type { DaemonPorts } from "./daemon-ports.ts";

/** Early enough for two tries before it runs out. */
const RENEW_MS = CLAIM_MS / 3;

interface Keeper {
  readonly ports: Pick<DaemonPorts, "clock" | "waitUntil" | "log">;
  readonly claimant: string;
}

/** Renews the claim until it is let go; resolves then when nothing is written any more. */
export function keepClaim({ ports, claimant }: Keeper, ledger: Ledger): () => Promise<void> {
  const { clock, waitUntil, log } = ports;
  const end = new AbortController();
  const keep = async (): Promise<void> => {
    for (;;) {
      await waitUntil(new Date(clock.now().getTime() + RENEW_MS), end.signal);
      if (end.signal.aborted) return;
      try {
        await rewriteSchedule(ledger, (before) => ({
          result: undefined,
          next: renewClaim(before, { by: claimant, now: clock.now() }),
        }));
      } catch (error) {
        const { code, message } = errorOf(error);
        log.warn({ code }, `the claim could not be renewed, and another daemon may take it: ${message}`);
      }
    }
  };
  const kept = keep();
  return () => {
    end.abort();
    return kept;
  };
}
