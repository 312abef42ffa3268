/** Where a trial takes place. */

import type { Project } from "../e2e/project.fixture.ts";
import type { FaultProxy } from "./fault-proxy.fixture.ts";
import type { TrialStore } from "./trial-store.fixture.ts";

export interface Scene {
  readonly store: TrialStore;
  readonly project: Project;
  /** Between the project and the store. */
  readonly proxy: FaultProxy;
  readonly instance: string;
}
