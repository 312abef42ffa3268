/** Which faults can strike which operation. */

import type { FaultKind } from "./schedule.ts";
import type { OperationKind } from "./trial.ts";

const PROCESS: readonly FaultKind[] = ["crash-before", "crash-after", "slow", "lease-lost"];

const ANSWERS: readonly FaultKind[] = [
  "connection-refused",
  "status-429",
  "status-500",
  "status-503",
  "lost-answer",
  "truncated-body",
  "malformed-body",
  "wrong-content-type",
  "redirect",
  "expired-credential",
];

const LISTING: readonly FaultKind[] = [...PROCESS, ...ANSWERS, "shifted-pages", "late-list"];
const SENDING: readonly FaultKind[] = [...PROCESS, ...ANSWERS, "duplicate", "late"];
const SINK_CHANGE: readonly FaultKind[] = [...PROCESS, "sink-read-only", "sink-answer-lost"];
const LEDGER: readonly FaultKind[] = [...PROCESS, "ledger-unreachable"];

export const FAULTS_OF: Readonly<Record<OperationKind, readonly FaultKind[]>> = {
  "store.list": LISTING,
  "store.create": SENDING,
  "store.update": SENDING,
  "store.revoke": SENDING,
  "store.verify": [...SENDING, "denied-verification"],
  "sink.read": [...PROCESS, "sink-unreadable"],
  "sink.inspect": [...PROCESS, "sink-unreadable"],
  "sink.write": [...SINK_CHANGE, "sink-full"],
  "sink.remove": SINK_CHANGE,
  "sink.probe": [...PROCESS, "sink-read-only"],
  "ledger.records": LEDGER,
  "ledger.claim": [...LEDGER, "ledger-answer-lost", "ledger-conflict"],
  "ledger.append": [...LEDGER, "ledger-answer-lost"],
  "ledger.lease": LEDGER,
  "ledger.release": [...LEDGER, "ledger-answer-lost"],
};

/** Of these, the store may or may not have done what it was asked. */
export const CARRIED_OUT_OR_NOT: ReadonlySet<FaultKind> = new Set([
  "status-500",
  "status-503",
  "wrong-content-type",
  "denied-verification",
  "slow",
  "lease-lost",
]);
