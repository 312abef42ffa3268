/** By which rules an apply is judged. */

import type { ApprovalRule } from "../../core/approval/approval.ts";
import type { Config } from "../../config/config.ts";
import { canonicalJson } from "../../core/digest.ts";
import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import { readProject } from "../../wire/read-project.ts";
import { trustedRef } from "../trusted-ref.ts";
import type { ApplySite } from "./apply-site.ts";
import { isShallow } from "./is-shallow.ts";

interface RuledSite extends Pick<ApplySite, "inputs" | "project" | "logger"> {
  readonly context: Pick<ApplySite["context"], "sha" | "ref" | "defaultBranch" | "workspace">;
}

export interface Rules {
  readonly approvals: readonly ApprovalRule[];
  readonly isReviewRequired: boolean;
  /** Slug of the App whose checks count, in small letters. */
  readonly app: string;
}

type RulingConfig = Pick<Config, "approvals" | "github">;

/**
 * Those of the configuration as it is and as it was when something was applied last: what is merged cannot free itself from
 * a rule by taking it away. A rule that is gone rules no more once its going was applied. Nor can it say whose checks count
 * for itself: those that counted before.
 */
export async function readRules(site: RuledSite, since: string | undefined): Promise<Rules> {
  const { config } = site.project;
  const before = since === undefined ? undefined : await readBefore(site, since);
  return rulesOf(before ? [before, config] : [config]);
}

/** `configs`: the oldest first. */
function rulesOf(configs: readonly [RulingConfig, ...RulingConfig[]]): Rules {
  const approvals = configs.flatMap((config) => config.approvals);
  return {
    approvals: [...new Map(approvals.map((rule) => [canonicalJson(rule), rule])).values()],
    isReviewRequired: configs.some(({ github }) => github?.review !== "optional"),
    app: (configs[0].github?.checksBy ?? "github-actions").toLowerCase(),
  };
}

/** Undefined: the configuration is not of this branch, or was none then. */
async function readBefore(site: RuledSite, since: string): Promise<RulingConfig | undefined> {
  const { context, inputs, project, logger } = site;
  if (inputs.configRef !== undefined || trustedRef(context) !== context.sha) return undefined;
  const cwd = context.workspace;
  try {
    const place = { cwd, env: project.env, logger, repo: cwd, config: inputs.config };
    return (await readProject({ ...place, ref: since, configRef: since })).config;
  } catch (error) {
    const isNone = NONE.some((code) => isKeywrightError(error, code));
    if (!isNone) throw error;
    if (isKeywrightError(error, "SOURCE_REF_UNKNOWN") && (await isShallow(cwd, project.env)))
      throw withoutHistory(since, error);
    return undefined;
  }
}

const withoutHistory = (since: string, cause: unknown): KeywrightError =>
  new KeywrightError(
    "SOURCE_REF_UNKNOWN",
    `commit ${since.slice(0, 12)}, which was applied last, is not in the checkout: its rules rule this one too`,
    { hint: "check out all of the history: actions/checkout and fetch-depth: 0", cause },
  );

/** The history was rewritten, or there was no valid configuration. */
const NONE = ["SOURCE_REF_UNKNOWN", "CONFIG_MISSING", "INPUT_INVALID"] as const;
