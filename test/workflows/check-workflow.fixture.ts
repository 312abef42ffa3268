/**
 * What a workflow of ours has to keep to: the security checks C1 and C2, and what actionlint would say. Each fault is one line,
 * `rule: what, and where`.
 */

import { readWorkflow } from "./read-workflow.fixture.ts";
import { changes, checkouts, forks, permissions, pins } from "./security-rules.fixture.ts";
import { expressions, inputs, references, triggers } from "./syntax-rules.fixture.ts";
import type { ActionDescription, Rule } from "./workflow-parts.fixture.ts";

const RULES: readonly Rule[] = [
  expressions,
  references,
  triggers,
  permissions,
  forks,
  changes,
  pins,
  inputs,
  checkouts,
];

/** Empty: all is well. `text` is the file's, `action` what `action.yml` says. */
export function checkWorkflow(text: string, action: ActionDescription): readonly string[] {
  const { workflow, faults, comments } = readWorkflow(text);
  if (!workflow) return faults;
  return RULES.flatMap((rule) => rule(workflow, action, comments));
}
