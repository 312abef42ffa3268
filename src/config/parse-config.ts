/** The text of `keywright.yaml` to a `Config`: pure, with every fault at its line. */

import { compareIssues, hasErrors, type Issue } from "../core/issue.ts";
import { issueAt } from "../manifests/issue-at.ts";
import { parseYaml } from "../manifests/parse-yaml.ts";
import type { SourceNode } from "../manifests/source-node.ts";
import { sourceText } from "../manifests/source-text.ts";
import { validateNode } from "../manifests/validate-node.ts";
import { buildConfig } from "./build-config.ts";
import { checkConfig } from "./check-config.ts";
import type { Config } from "./config.ts";

export interface ConfigOrigin {
  /** How issues name it. */
  readonly file: string;
  /** What relative paths in it start from; absolute. */
  readonly directory: string;
}

export interface ConfigReading {
  /** Absent when there is an error among the issues. */
  readonly config?: Config;
  readonly issues: readonly Issue[];
}

export function parseConfig(text: string, origin: ConfigOrigin): ConfigReading {
  const source = sourceText(origin.file, text, isHarmless);
  const { documents, issues } = parseYaml(source);
  const [document, second] = documents;
  if (issues.length > 0) return { issues };
  if (!document) {
    return {
      issues: [
        issueAt(source, 0, {
          code: "CONFIG_EMPTY",
          message: "the configuration is empty",
          hint: "keywright init",
        }),
      ],
    };
  }
  if (second) {
    const message = "a configuration is one document";
    return {
      issues: [
        issueAt(source, second.offset, { code: "CONFIG_SHAPE", message, hint: "remove what follows `---`" }),
      ],
    };
  }
  return readDocument(document, origin);
}

function readDocument(document: SourceNode, { directory }: ConfigOrigin): ConfigReading {
  const faults = validateNode("Config", document);
  if (faults.length > 0) return { issues: faults.toSorted(compareIssues) };
  const config = buildConfig(document, directory);
  const issues = checkConfig(document, config).toSorted(compareIssues);
  return hasErrors(issues) ? { issues } : { config, issues };
}

/** Frames leave out lines where people put credentials by mistake. */
const isHarmless = (line: string): boolean =>
  !/:\/\/[^/\s]*@|credential|token|passw|secret|bearer|api.?key|hook|smtps?:/i.test(line);
