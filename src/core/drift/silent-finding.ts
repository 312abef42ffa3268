/** Checks that did not come: what the first one after them finds. */

import type { Facts } from "../facts.ts";
import { schedulerSilence } from "../schedule/silence.ts";
import type { Finding } from "./finding.ts";

const CLASS = "scheduler-silent";

export function silentFinding(facts: Facts, response: Finding["response"]): readonly Finding[] {
  const silence = schedulerSilence(facts);
  if (!silence) return [];
  return [
    {
      class: CLASS,
      kind: "Schedule",
      message: silence.message,
      hint: "look why whatever runs `keywright drift`, or the daemon, did not: until then nobody saw what drifted",
      response,
      key: `${CLASS}/${silence.since}`,
    },
  ];
}
