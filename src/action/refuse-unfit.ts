import type { Config } from "../config/config.ts";
import { KeywrightError } from "../core/error.ts";

/**
 * The Action is one file without native parts, on a machine that is gone after the job. Throws PLATFORM_UNSUPPORTED for a
 * configuration that asks for more.
 */
export function refuseUnfit({ store, ledger, sinks }: Pick<Config, "store" | "ledger" | "sinks">): void {
  const file = [...sinks].find(([, sink]) => sink.driver === "file");
  const unfit = [
    ...(store.driver === "embedded"
      ? [["store driver embedded", "use keywright, cortex or cortex-cloud"] as const]
      : []),
    ...(ledger.driver === "file" ? [["ledger driver file", "use git or postgres"] as const] : []),
    ...(file
      ? [[`driver file of sink ${file[0]}`, "use github-actions, vault or cortex-secret"] as const]
      : []),
  ];
  if (unfit.length === 0) return;
  const what = unfit.map(([driver]) => driver).join(", ");
  throw new KeywrightError("PLATFORM_UNSUPPORTED", `${what}: not in the Action, whose disk is not kept`, {
    hint: `${unfit.map(([, instead]) => instead).join("; ")}; or run the command line where the files are`,
  });
}
