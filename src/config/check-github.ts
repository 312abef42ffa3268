import type { IssueText } from "../manifests/issue-at.ts";
import type { NodePath } from "../manifests/source-node.ts";
import type { GitHubActionsSinkSpec } from "./config-file.ts";

interface SinkFault extends IssueText {
  readonly path: NodePath;
}

/** What a schema cannot say about a `github-actions` sink. */
export function checkGitHubSink(name: string, sink: GitHubActionsSinkSpec): readonly SinkFault[] {
  const { credential, app, visibility = "private", selectedRepositories } = sink;
  const fault = (field: string | undefined, message: string, hint: string): SinkFault => {
    const path = ["sinks", name, ...(field === undefined ? [] : [field])];
    return { code: "CONFIG_SINK", path, message: `sink ${name} ${message}`, hint };
  };
  return [
    credential || app ? [] : fault(undefined, "has neither a credential nor an app", "name one of them"),
    credential && app ? fault("app", "has both a credential and an app", "leave one of them out") : [],
    visibility === "selected" && !selectedRepositories
      ? fault(
          "visibility",
          "names no repositories for the visibility selected",
          "name them in selectedRepositories",
        )
      : [],
    visibility !== "selected" && selectedRepositories
      ? fault("selectedRepositories", "selects repositories without saying so", "add visibility: selected")
      : [],
  ].flat();
}
