/** What the doctor says of the store and of the clock. */

import { count, type Fault, failedBy, failed, ok, seconds, skipped, type Verdict, warning } from "./check.ts";
import { certainSkewMs, type ClockSkew } from "./clock-skew.ts";
import type { ProjectFacts, StoreFacts } from "./doctor-facts.ts";
import { MINUTE_MS, renderSpan } from "./duration.ts";

type Named = readonly [name: string, verdict: Verdict];

/** The store has spoken, and it does not want this credential. */
const OF_CREDENTIAL: ReadonlySet<string> = new Set([
  "CREDENTIAL_MISSING",
  "STORE_UNAUTHORIZED",
  "STORE_FORBIDDEN",
]);

/** Whether the fault lies with the credential, and not with the store or the way to it. */
export const isOfCredential = ({ code }: Fault): boolean => OF_CREDENTIAL.has(code);

export function storeVerdicts(project: ProjectFacts): readonly Named[] {
  const { store, examination } = project;
  const limits = "found" in store && examination && "found" in examination;
  return [
    ["reached", reachedVerdict(project)],
    ["listing", listingVerdict(project)],
    ...(limits ? [["limits", limitsVerdict(store.found, examination.found.limits)] as const] : []),
  ];
}

function reachedVerdict({ store, examination }: ProjectFacts): Verdict {
  if ("fault" in store) return unreachedVerdict(store.fault, store.tookMs);
  const answer = examination ?? store;
  if ("fault" in answer) return unreachedVerdict(answer.fault, answer.tookMs);
  return ok(`${store.found.identity} answered in ${seconds(answer.tookMs)}`);
}

function unreachedVerdict(fault: Fault, tookMs: number): Verdict {
  if (fault.code === "CREDENTIAL_MISSING") return skipped("there is no credential to ask it with");
  return isOfCredential(fault) ? ok(`it answered in ${seconds(tookMs)}`) : failedBy(fault);
}

function listingVerdict({ listing }: ProjectFacts): Verdict {
  if (!listing) return skipped("the store could not be opened");
  if ("found" in listing) {
    const { keys, ours } = listing.found;
    return ok(`${count(keys, "key")}, ${ours} of this instance, in ${seconds(listing.tookMs)}`);
  }
  const { fault } = listing;
  if (fault.code === "STORE_FORBIDDEN") return skipped("the credential may not list keys");
  return isOfCredential(fault) ? skipped("the store does not accept the credential") : failedBy(fault);
}

function limitsVerdict({ maxLifetimeDays }: StoreFacts, limits: readonly string[]): Verdict {
  const life = maxLifetimeDays === undefined ? [] : [`keys live for at most ${maxLifetimeDays} days`];
  return ok([...limits, ...life].join("; ") || "none that it tells");
}

const NOTED_MS = 30_000;
const HARMFUL_MS = 5 * MINUTE_MS;

export function clockVerdicts({ examination }: ProjectFacts): readonly Named[] {
  if (!examination || "fault" in examination) return [["skew", skipped("the store told no time")]];
  const { clock, caller } = examination.found;
  if (!clock) return [["skew", skipped("the store tells no time, or it is this machine's own")]];
  return [["skew", skewVerdict(clock, caller?.securityLevel === "advanced")]];
}

function skewVerdict(clock: ClockSkew, isSigning: boolean): Verdict {
  const skewMs = certainSkewMs(clock);
  const direction = clock.aheadMs > 0 ? "ahead of" : "behind";
  if (skewMs <= NOTED_MS) {
    const apart =
      Math.abs(clock.aheadMs) <= clock.withinMs ? "no difference" : `${seconds(skewMs)} ${direction}`;
    return ok(`${apart}${apart === "no difference" ? " to" : ""} the store's, as far as an answer tells`);
  }
  const size = skewMs < MINUTE_MS ? seconds(skewMs) : renderSpan(skewMs);
  const message = `this machine's clock is ${size} ${direction} the store's`;
  const signing = isSigning ? "; requests of an Advanced key are refused when the clocks differ" : "";
  const hint = `set the clock by NTP: expiries and rotations are reckoned by it${signing}`;
  return skewMs > HARMFUL_MS ? failed(message, hint) : warning(message, hint);
}
