/** All that the manifests declare, as far as they hold, for checks across files. */

import type { DesiredPolicy } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import type { BuildContext } from "./build-context.ts";
import type { KeyDraft } from "./key-draft.ts";
import type { SecretDraft } from "./secret-draft.ts";
import type { AllowlistDraft } from "./allowlist-draft.ts";
import type { Declared } from "./manifest.ts";

export interface Declarations {
  readonly keys: readonly KeyDraft[];
  /** A rule that has a fault is left out. */
  readonly policies: readonly Declared<DesiredPolicy>[];
  readonly secrets: readonly SecretDraft[];
  readonly allowlists: readonly AllowlistDraft[];
  /** `Role/catalog-editor` of everything that was declared, valid or not. */
  readonly declared: ReadonlySet<string>;
  /** False when a file could not be parsed: then nobody knows what else is declared. */
  readonly isComplete: boolean;
}

/** One question to all declarations at once. What is undefined in them has been told, and raises no further issue. */
export type Check = (all: Declarations, context: BuildContext) => readonly Issue[];
