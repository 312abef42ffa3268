import { EXIT } from "./error.ts";
import type { RunRecord } from "./run.ts";

/** The exit code of whoever ran it. */
export function exitOfRun({ result, counts }: Pick<RunRecord, "result" | "counts">): number {
  switch (result) {
    case "applied":
    case "no-change":
      return EXIT.done;
    case "partly-applied":
      return EXIT.partial;
    case "interrupted":
      return counts.applied > 0 ? EXIT.partial : EXIT.failure;
    case "failed":
      return EXIT.failure;
  }
}
