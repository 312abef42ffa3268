/** What the doctor says of sinks and the ledger. */

import { count, failed, failedBy, type Finding, ok, skipped, type Verdict, warning } from "./check.ts";
import type { LedgerFindings, ProjectFacts, SinkFindings } from "./doctor-facts.ts";
import { renderSpan } from "./duration.ts";
import type { LedgerSummary } from "./ledger-summary.ts";
import type { RunRecord } from "./run.ts";
import { isGoodCheck } from "./schedule/check-schedule.ts";

type Named = readonly [name: string, verdict: Verdict];

/** Of one sink; the rest is counted. */
const MOST_SLOTS_TOLD = 10;

export const sinkVerdicts = ({ sinks }: ProjectFacts): readonly Named[] =>
  [...sinks].flatMap(([name, finding]) => [
    [name, sinkVerdict(finding)] as const,
    ...("found" in finding ? finding.found.faults : [])
      .slice(0, MOST_SLOTS_TOLD)
      .map(([slot, fault]) => [slot, failedBy(fault)] as const),
  ]);

function sinkVerdict(finding: Finding<SinkFindings>): Verdict {
  if ("fault" in finding) return failedBy(finding.fault);
  const { slots, faults } = finding.found;
  const kind = kindOf(finding.found);
  if (slots === undefined) return ok(`${kind}; what is delivered to it is not known`);
  if (slots === 0) return ok(`${kind}; no manifest delivers to it`);
  if (faults.length === 0) return ok(`${kind}; ${count(slots, "slot")} can be written`);
  const told = faults.length > MOST_SLOTS_TOLD ? `, of which ${MOST_SLOTS_TOLD} are told` : "";
  return failed(`${kind}; ${faults.length} of ${count(slots, "slot")} cannot be written${told}`);
}

function kindOf({ readable, inspectable }: SinkFindings): string {
  if (readable) return "values can be read back";
  return inspectable
    ? "values cannot be read back, their versions can"
    : "nothing can be read back: a value that is lost there goes unnoticed";
}

export function ledgerVerdicts({ ledger }: ProjectFacts, now: Date): readonly Named[] {
  if ("fault" in ledger) return [["readable", failedBy(ledger.fault)]];
  const { summary, holder, lastRun, lastCheck } = ledger.found;
  return [
    ["chain", chainVerdict(summary)],
    ["lease", leaseVerdict(holder, summary)],
    ["last-run", lastRunVerdict(lastRun, now)],
    ...lastCheckVerdicts(lastCheck, now),
  ];
}

function chainVerdict(finding: LedgerFindings["summary"]): Verdict {
  if ("fault" in finding) return failedBy(finding.fault);
  const { lines, keys, openIntents }: LedgerSummary = finding.found;
  if (lines === 0) return ok("it is empty");
  const whole = `it is whole: ${count(lines, "line")}, ${count(keys, "key")}`;
  const open = openIntents.filter(({ state }) => state === "unknown").length;
  if (open === 0) return ok(whole);
  return warning(
    `${whole}, and ${count(open, "effect")} of a run that died, which may have been carried out`,
    "`keywright ledger verify` shows them; the next apply finds out",
  );
}

function leaseVerdict(finding: LedgerFindings["holder"], summary: LedgerFindings["summary"]): Verdict {
  if ("fault" in finding) {
    return "fault" in summary ? skipped("the ledger cannot be read") : failedBy(finding.fault);
  }
  if (finding.found === undefined) return ok("it is free");
  return warning(
    `an apply is under way: ${finding.found}`,
    "another apply waits for it, or is refused, until it has ended",
  );
}

function lastRunVerdict(finding: LedgerFindings["lastRun"], now: Date): Verdict {
  if ("fault" in finding) return skipped(`${finding.fault.code}: ${finding.fault.message}`);
  if (!finding.found) return ok("there was no run yet");
  const { id, result, startedAt }: RunRecord = finding.found;
  const message = `${id}, ${renderSpan(now.getTime() - Date.parse(startedAt))} ago: ${result}`;
  const isGood = result === "applied" || result === "no-change";
  return isGood ? ok(message) : warning(message, "`keywright runs show` tells what became of each change");
}

/** Who never looked for drift need not. */
function lastCheckVerdicts(finding: LedgerFindings["lastCheck"], now: Date): readonly Named[] {
  if ("fault" in finding || !finding.found) return [];
  const { at, result, findings } = finding.found;
  const found = findings === 0 ? "" : `, ${count(findings, "finding")}`;
  const message = `for drift, ${renderSpan(now.getTime() - Date.parse(at))} ago: ${result}${found}`;
  if (isGoodCheck(finding.found)) return [["last-check", ok(message)]];
  return [["last-check", warning(message, "`keywright drift` tells what it could not look at")]];
}
