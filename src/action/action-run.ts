/** What a mode of the Action works with. */

import type { OpenRepository } from "../github/open-repository.ts";
import type { Logger } from "../logger.ts";
import type { Project } from "../wire/read-project.ts";
import type { Inputs } from "./inputs.ts";
import type { RunContext } from "./run-context.ts";
import type { Runner } from "./runner.ts";

export interface ActionRun {
  readonly context: RunContext;
  readonly inputs: Inputs;
  readonly runner: Runner;
  readonly logger: Logger;
  /**
   * Manifests at the commit of the run, by the configuration of the default branch. In mode `validate` by the one at the
   * commit of the run, for then no credential is used.
   */
  readonly project: Project;
  /** The branch that applies are made from: `github.branch`, or the repository's default branch. */
  readonly protectedBranch: string;
  /** What people should know of the run whatever comes of it, one sentence each. */
  readonly remarks: readonly string[];
  /** Of this repository; absent without a token. Asks for nothing until it is used. */
  readonly repository?: OpenRepository;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Aborts some seconds after `signal`. */
  readonly deadline: AbortSignal;
}
