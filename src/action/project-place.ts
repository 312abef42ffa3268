import type { Logger } from "../logger.ts";
import type { Inputs } from "./inputs.ts";
import type { RunContext } from "./run-context.ts";

/** All that says where a run's configuration and manifests are. */
export interface ProjectPlace {
  readonly context: RunContext;
  readonly inputs: Inputs;
  /** With the credentials, which the process has no longer. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}
