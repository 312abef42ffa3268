import type { CredentialRef } from "../config/config.ts";

/** The process's own: deleting from it takes a variable away from all that the process starts. */
export type ProcessEnvironment = Record<string, string | undefined>;

/** What the runner hands over to authenticate with, besides inputs. */
const RUNNER_TOKENS: ReadonlySet<string> = new Set([
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "ACTIONS_RUNTIME_TOKEN",
]);

/** A copy; inputs and the runner's tokens are there alone from now on (security check S5). */
export function takeEnvironment(own: ProcessEnvironment): ProcessEnvironment {
  const copy = { ...own };
  for (const name of Object.keys(own)) {
    if (name.startsWith("INPUT_") || RUNNER_TOKENS.has(name)) delete own[name];
  }
  return copy;
}

/** The same for the variables of configured credentials, once they are known. */
export function dropCredentials(own: ProcessEnvironment, credentials: readonly CredentialRef[]): void {
  for (const ref of credentials) if (ref.type === "env") delete own[ref.variable];
}
