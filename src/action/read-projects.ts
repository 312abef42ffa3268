/** The configuration and the manifests of a run, as objects of the repository: nothing of them is read from the work tree. */

import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { readGitFile } from "../sources/git-source.ts";
import { type Project, readProject } from "../wire/read-project.ts";
import type { ProjectPlace } from "./project-place.ts";
import { trustedRef } from "./trusted-ref.ts";

/** The manifests of the run by the configuration that is believed; SOURCE_REF_UNKNOWN says how to check out. */
export const readTrusted = (place: ProjectPlace): Promise<Project> => readAt(place, trustedOf(place));

/** The manifests of the run by the configuration of the same commit: for a look that uses no credential. */
export const readProposed = (place: ProjectPlace): Promise<Project> => readAt(place, proposedOf(place));

const trustedOf = ({ inputs, context }: ProjectPlace): string => inputs.configRef ?? trustedRef(context);
const proposedOf = ({ inputs, context }: ProjectPlace): string => inputs.ref ?? context.sha;

const readAt = (place: ProjectPlace, configRef: string): Promise<Project> =>
  withHint(() => {
    const { context, inputs, env, logger } = place;
    const [cwd, ref] = [context.workspace, proposedOf(place)];
    return readProject({ cwd, env, logger, repo: cwd, config: inputs.config, ref, configRef });
  });

/** Whether the configuration that is believed is another one; undefined where it cannot be looked at. */
export async function isConfigChanged(place: ProjectPlace): Promise<boolean | undefined> {
  const read = async (ref: string): Promise<string | undefined> => {
    const { context, env, inputs } = place;
    return (await readGitFile({ location: context.workspace, ref, environment: env }, inputs.config))?.text;
  };
  try {
    const [trusted, proposed] = await Promise.all([read(trustedOf(place)), read(proposedOf(place))]);
    return trusted !== proposed;
  } catch (error) {
    if (isKeywrightError(error)) return undefined;
    throw error;
  }
}

async function withHint<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isKeywrightError(error, "SOURCE_REF_UNKNOWN") && !isNoRepository(error)) throw error;
    const { code, message, cause } = error;
    throw new KeywrightError(code, message, {
      hint: "check out the repository first, with all of it: actions/checkout and fetch-depth: 0",
      cause,
    });
  }
}

const isNoRepository = (error: unknown): error is KeywrightError =>
  isKeywrightError(error, "SOURCE_UNREADABLE") &&
  /no Git repository|not a git repository/i.test(error.message);
