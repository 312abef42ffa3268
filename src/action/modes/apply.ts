/**
 * Mode `apply`: carries out what a merge brought. Everything that speaks against it is asked before the first change, and
 * one thing that does is enough: whether the event may, whether the commit is where the protected branch is, whether pull
 * requests showed what is to be done, whether people agreed to what is risky, whether a guard refuses.
 */

import { isKeywrightError } from "../../core/error.ts";
import { tellFailure } from "../../cli/tell-notices.ts";
import type { ActionRun } from "../action-run.ts";
import type { ApplyOutcome, ApplyStory } from "../apply/apply-outcome.ts";
import { type ApplySite, siteOf } from "../apply/apply-site.ts";
import { carryOut } from "../apply/carry-out.ts";
import { newerCommit } from "../apply/newer-commit.ts";
import { tellOutcome, tellRefusal } from "../apply/tell-outcome.ts";
import { withWorld } from "../with-world.ts";

export async function apply(run: ActionRun): Promise<number> {
  const site = siteOf(run);
  const story: ApplyStory = { pulls: [], uncovered: [] };
  const outcome = await outcomeOf(site, story);
  return tellOutcome(site, outcome, story);
}

/** Throws what ended it before the first change, which is told on GitHub and to whoever is to be told then. */
async function outcomeOf(site: ApplySite, story: ApplyStory): Promise<ApplyOutcome> {
  try {
    const tip = await newerCommit(site);
    if (tip !== undefined) return { type: "superseded", tip };
    return await withWorld(site, (opened) => carryOut(site, opened, story));
  } catch (error) {
    if (isKeywrightError(error)) await tellRefusal(site, error, story);
    await tellFailure(site.project, "apply", error, site.signal);
    throw error;
  }
}
