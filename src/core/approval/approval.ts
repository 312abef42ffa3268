/** Who has to agree to a dangerous change, and what is known of who did. */

import type { Risk, RiskClass } from "../risk/risk.ts";

/** From the configuration. What it names is demanded, all of it; it names at least one of the four. */
export interface ApprovalRule {
  /** At least one. */
  readonly risks: readonly RiskClass[];
  /** Of the pull request. */
  readonly label?: string;
  /** `org/slug`: whose members' approving reviews count. */
  readonly team?: string;
  /** How many approving reviews. Default: 1 with a `team`, otherwise none. */
  readonly reviews?: number;
  /** A GitHub environment that the run waited for. */
  readonly environment?: string;
}

/** A rule, and what of a plan it is about. */
export interface ApprovalNeed {
  readonly rule: ApprovalRule;
  /** At least one. */
  readonly risks: readonly Risk[];
}

/** An approving review of the reviewed head: neither dismissed nor by the author. */
export interface Approval {
  readonly user: string;
  /** Those of the rules that the user is in, as `org/slug`. */
  readonly teams: readonly string[];
}

/** What GitHub says of the pull request that brought a change. */
export interface ApprovalFacts {
  readonly labels: readonly string[];
  readonly approvals: readonly Approval[];
  /** That a person approved for this workflow run. */
  readonly environments: readonly string[];
}
