/** `keywright validate`: configuration and manifests, nothing else. */

import { EXIT, isKeywrightError } from "../../core/error.ts";
import { hasErrors, type Issue } from "../../core/issue.ts";
import { renderIssues } from "../../report/render-issues.ts";
import type { ManifestReading } from "../../wire/read-project.ts";
import type { Host } from "../host.ts";
import { loggerFor, projectFor } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

interface ValidateOptions extends GlobalOptions {
  readonly format: "text" | "json" | "sarif" | "github";
}

export async function validate(host: Host, options: ValidateOptions): Promise<number> {
  const { reading, issues } = await read(host, options);
  if (options.format !== "text" || issues.length > 0) {
    print(host, renderIssues(issues, { format: options.format, colors: host.hasColors }), options.format);
  }
  if (hasErrors(issues)) return EXIT.failure;
  if (options.format === "text" && reading) host.out(`${summary(reading)}\n`);
  return EXIT.done;
}

/** Faults of the configuration are issues like any other here. */
async function read(
  host: Host,
  options: ValidateOptions,
): Promise<{ readonly reading?: ManifestReading; readonly issues: readonly Issue[] }> {
  try {
    const project = await projectFor(host, options, loggerFor(host, options));
    const reading = await project.readManifests();
    return { reading, issues: reading.issues };
  } catch (error) {
    if (!isKeywrightError(error, "INPUT_INVALID") || error.issues.length === 0) throw error;
    return { issues: error.issues };
  }
}

function summary({ desired, source }: ManifestReading): string {
  const counts = [
    [desired?.keys.length ?? 0, "key"],
    [desired?.roles.length ?? 0, "role"],
    [desired?.policy ? 1 : 0, "security policy"],
  ] as const;
  const what = counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${noun}${count === 1 ? "" : "s"}`);
  const where = source.commit === undefined ? source.location : `commit ${source.commit.slice(0, 12)}`;
  return `Valid: ${what.join(", ") || "no manifests"} (${where})`;
}
