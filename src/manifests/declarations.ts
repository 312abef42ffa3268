/** All that the manifests declare, for checks across files. */

import type { DesiredKey, DesiredPolicy, DesiredRole } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import type { BuildContext } from "./build-context.ts";
import type { Declared } from "./manifest.ts";

export interface Declarations {
  readonly keys: readonly Declared<DesiredKey>[];
  readonly roles: readonly Declared<DesiredRole>[];
  readonly policies: readonly Declared<DesiredPolicy>[];
  /** `Role/catalog-editor` of everything that was declared, valid or not. */
  readonly declared: ReadonlySet<string>;
  /** False when a file could not be parsed: then nobody knows what else is declared. */
  readonly isComplete: boolean;
}

/** One question to all declarations at once. */
export type Check = (all: Declarations, context: BuildContext) => readonly Issue[];
