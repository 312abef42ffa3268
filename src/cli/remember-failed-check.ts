import { isKeywrightError } from "../core/error.ts";
import { rememberCheck } from "../reconcile/remember-check.ts";
import { printable } from "../report/printable.ts";
import type { Project } from "../wire/read-project.ts";
import { holder } from "./holder.ts";

/** A check that could not even begin is one that failed. Never throws: where the ledger is what failed, the log says so. */
export async function rememberFailedCheck(project: Project, error: unknown): Promise<void> {
  if (!isKeywrightError(error) || error.code === "INTERRUPTED") return;
  const { openLedgerOf } = await import("../wire/open-world.ts");
  try {
    const ledger = await openLedgerOf(project);
    try {
      await rememberCheck({ ledger, clock: { now: () => new Date() } }, { holder: holder() });
    } finally {
      await ledger.close();
    }
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : "something was thrown";
    project.logger.warn(printable(`that this check failed could not be written down: ${message}`));
  }
}
