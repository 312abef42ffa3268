/** What goes wrong between the ledger and its branch, for people. What git said has no credential any more. */

import { KeywrightError } from "../core/error.ts";

const unusable = (message: string, hint: string): KeywrightError =>
  new KeywrightError("LEDGER_UNUSABLE", message, { hint });

export const noRemote = (remote: string, repository: string, why: string): KeywrightError =>
  unusable(
    `the ledger's remote ${JSON.stringify(remote)} is no remote of the repository at ${repository}, no directory and no address${why}`,
    "add it with `git remote add`, or name another one as ledger.remote",
  );

export const refusedRemote = (shown: string, why: string): KeywrightError =>
  unusable(
    `the ledger cannot use ${shown}: ${why}`,
    "name a remote of the repository, a path, file://, ssh://, https:// or user@host:path as ledger.remote",
  );

export const noGit = (said: string): KeywrightError =>
  unusable(`the ledger needs git, which failed: ${said}`, "install git 2.31 or later, and run again");

const NOT_PERMITTED =
  /authentication failed|permission (to .* )?denied|could not read (username|password)|access denied|not (permitted|allowed|authorized)|forbidden|insufficient permission|\b40[13]\b|read-?only/i;

/** Whether git or the repository says that this is a matter of rights: asking again helps nothing. */
export const isNotPermitted = (said: string): boolean => NOT_PERMITTED.test(said);

export const unreachable = (place: string, said: string): KeywrightError =>
  NOT_PERMITTED.test(said)
    ? unusable(
        `the ledger may not read ${place}: ${said}`,
        "give git a credential for that repository that may read and write it",
      )
    : unusable(
        `the ledger cannot reach ${place}: ${said}`,
        "check the address and the network, and run again",
      );

const PROTECTED = /protected|GH0\d\d|hook declined|rule violation|deny|denied by/i;

/** The repository itself turned a push down, although nobody else had pushed. */
export function refusedPush(place: string, branch: string, said: string): KeywrightError {
  const what = `the ledger may not write ${place}: ${said}`;
  if (PROTECTED.test(said)) {
    return unusable(
      what,
      `let whoever applies push to ${branch}: take the branch out of protection rules, and look at the hooks there`,
    );
  }
  if (NOT_PERMITTED.test(said)) {
    return unusable(
      what,
      "give git a credential that may write to that repository; in GitHub Actions: permissions: contents: write",
    );
  }
  return unusable(what, "look at the repository and at what it says, and run again");
}

/** A write was sent, no answer came, and the branch cannot be asked. */
export const inDoubt = (cause: KeywrightError): KeywrightError =>
  unusable(
    `${cause.message}; whether the write before it arrived is not known`,
    "run again once the repository answers: what arrived stands in the ledger, and is taken up",
  );

export const overrun = (place: string, rounds: number): KeywrightError =>
  unusable(
    `others wrote to ${place} before us ${rounds} times in a row`,
    "nothing was written; run again, with fewer runs at the same time",
  );

export const noLedger = (place: string): KeywrightError =>
  unusable(
    `${place} is there already, and is no ledger`,
    "name a branch that nothing else uses as ledger.branch; nothing was written to this one",
  );
