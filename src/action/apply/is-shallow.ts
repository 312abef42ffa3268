import { gitEnvironment, type Environment } from "../../git/git-environment.ts";
import { runGit } from "../../git/git-process.ts";

/** Whether the checkout was made without all of the history: then a commit that is not there says nothing. */
export async function isShallow(directory: string, environment: Environment): Promise<boolean> {
  const git = { directory, environment: gitEnvironment(environment, "none") };
  const { output } = await runGit(["rev-parse", "--is-shallow-repository"], git);
  return output.toString("utf8").trim() === "true";
}
