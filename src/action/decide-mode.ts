/** What a run does, by which configuration: the pure decision is `permit`. */

import type { CredentialRef } from "../config/config.ts";
import { credentialsOf } from "../config/credentials-of.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Project } from "../wire/read-project.ts";
import type { Mode } from "./inputs.ts";
import { permit } from "./permit.ts";
import type { ProjectPlace } from "./project-place.ts";
import { isConfigChanged, readProposed, readTrusted } from "./read-projects.ts";
import type { RunContext } from "./run-context.ts";

export interface Decided {
  readonly mode: Mode;
  readonly project: Project;
  /** See `ActionRun`. */
  readonly remarks: readonly string[];
}

/** Hears of the credentials that a configuration names, before anything else is done with it. */
export type OnCredentials = (credentials: readonly CredentialRef[]) => Promise<void>;

/** Throws EVENT_REFUSED, and what reading the configuration throws. */
export async function decideMode(place: ProjectPlace, onCredentials: OnCredentials): Promise<Decided> {
  const { context, inputs } = place;
  if (inputs.mode === "validate") return validated(place, onCredentials, []);
  // Of a fork nothing is believed, so nothing has to be there to be believed either.
  const early = permit(context, inputs, { branch: context.defaultBranch });
  if (context.pull?.isFork && early.type === "granted")
    return validated(place, onCredentials, remarkOf(early.remark));
  const trusted = await readIfThere(place);
  if (typeof trusted === "string") return validated(place, onCredentials, [trusted]);
  const { config } = trusted;
  await onCredentials(credentialsOf(config));
  const { repository } = config.github ?? {};
  const permission = permit(context, inputs, {
    branch: protectedBranchOf(trusted, context),
    ...(repository !== undefined && { repository }),
  });
  if (permission.type === "refused") {
    throw new KeywrightError("EVENT_REFUSED", permission.message, { hint: permission.hint });
  }
  if (permission.mode === "validate") return validated(place, onCredentials, remarkOf(permission.remark));
  return { mode: permission.mode, project: trusted, remarks: await changeRemark(place) };
}

export const protectedBranchOf = ({ config }: Pick<Project, "config">, context: RunContext): string =>
  config.github?.branch ?? context.defaultBranch;

const remarkOf = (remark: string | undefined): readonly string[] => (remark === undefined ? [] : [remark]);

/** No credential is used, so it is the proposed configuration that is looked at: its files are not read for it. */
async function validated(
  place: ProjectPlace,
  onCredentials: OnCredentials,
  remarks: readonly string[],
): Promise<Decided> {
  const project = await readProposed(place);
  await onCredentials(credentialsOf(project.config).filter(({ type }) => type === "env"));
  return { mode: "validate", project, remarks: [...remarks, ...(await changeRemark(place))] };
}

/** Why there is none: the pull request is the one that brings it, or mends it. */
async function readIfThere(place: ProjectPlace): Promise<Project | string> {
  try {
    return await readTrusted(place);
  } catch (error) {
    const { context, inputs } = place;
    const isNone = isKeywrightError(error, "CONFIG_MISSING") || isKeywrightError(error, "INPUT_INVALID");
    if (!isNone || inputs.mode !== "plan" || !context.pull || !(await isConfigChanged(place))) throw error;
    return `Validated, not planned: the branch ${context.defaultBranch} has no valid ${inputs.config} yet.`;
  }
}

/** Security check G6: what a pull request says of where credentials go is not believed before it is merged. */
async function changeRemark(place: ProjectPlace): Promise<readonly string[]> {
  const { context, inputs } = place;
  if (!context.pull || !(await isConfigChanged(place))) return [];
  return [`${inputs.config} is changed here: that takes effect after the merge.`];
}
