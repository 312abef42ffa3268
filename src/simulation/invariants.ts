import type { Invariant } from "./trial.ts";

/** What each says, in one line, in the order in which they are shown. */
export const INVARIANTS: Readonly<Record<Invariant, string>> = {
  I1: "an active key of ours lies in its sinks, or its mint is under way",
  I2: "what a slot holds authenticates, and so does the value before it during the overlap",
  I3: "no secret stands in the ledger, a plan, an error or the record of a run",
  I4: "nothing without our marker is changed or revoked",
  I5: "at most two live keys of a name without a recorded end, three where the store mints; no needless mint",
  I6: "no key above the policy exists, even for an instant",
  I7: "each change has its intent before it and its outcome after it",
  I8: "revocations only as planned, and within the budget",
  I9: "a revocation that was acknowledged is never undone",
  convergence: "three runs after the faults stopped, all is as declared",
  quiet: "what is settled is left alone: the next plan is empty",
  economy: "settling takes at most twice what minting all keys anew and revoking the rest takes",
  blocking: "what is ambiguous is left alone, and nothing else is",
  bug: "nothing but a reported error leaves a run, and no run hangs",
};
