/** Finds the repository that has the ledger's branch, and the settings with which git reaches it. */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type GitSetting, readGitConfig } from "../git/git-config.ts";
import { type Environment, gitEnvironment, type Transports } from "../git/git-environment.ts";
import { cleanMessage, parseGitLocation } from "../git/git-location.ts";
import { type GitOptions, runGit } from "../git/git-process.ts";
import { noGit, noRemote, refusedRemote } from "./git-fault.ts";

/** Its name in our own repository. */
export const REMOTE = "keywright";

export interface GitRemote {
  /** Without credentials. */
  readonly shown: string;
  readonly transports: Transports;
  /** The address may hold a credential, as may what else the user's repository says about reaching servers. */
  readonly settings: readonly GitSetting[];
  /** What git said, without credentials. */
  clean(message: string): string;
}

export interface RemoteSettings {
  readonly remote: string;
  /** A directory, in a repository or not. */
  readonly repository: string;
}

/** What a repository says about reaching servers: headers, helpers, addresses, proxies. Not what it says of itself. */
const REACHING = /^(http|credential|url|ssh)\.|^core\.(sshcommand|askpass)$|^protocol\.version$/;
const OF_REMOTE = ["proxy", "proxyauthmethod"];

/** Throws LEDGER_UNUSABLE when there is no such remote, or it is none to be handed to git. */
export async function findRemote(
  { remote, repository }: RemoteSettings,
  environment: Environment,
): Promise<GitRemote> {
  const git: GitOptions = { directory: repository, environment: gitEnvironment(environment, "none") };
  const settings = await readGitConfig(git);
  const valueOf = (name: string): string | undefined =>
    settings.find(([key]) => key === `remote.${remote}.${name}`)?.[1];
  const url = valueOf("url");
  const addresses =
    url === undefined
      ? [await findUnnamed(remote, git)]
      : [await namedAddress(url, git), await namedAddress(valueOf("pushurl") ?? url, git)];
  const [fetchFrom = "", pushTo = fetchFrom] = addresses;
  const ofRemote = OF_REMOTE.flatMap((name): GitSetting[] => {
    const value = valueOf(name);
    return value === undefined ? [] : [[`remote.${REMOTE}.${name}`, value]];
  });
  return {
    ...describe(fetchFrom, pushTo),
    settings: [
      ...settings.filter(([name]) => REACHING.test(name)),
      ...ofRemote,
      [`remote.${REMOTE}.url`, fetchFrom],
      [`remote.${REMOTE}.pushurl`, pushTo],
    ],
  };
}

function describe(fetchFrom: string, pushTo: string): Pick<GitRemote, "shown" | "transports" | "clean"> {
  const [from, to] = [fetchFrom, pushTo].map(parseGitLocation);
  for (const location of [from, to]) {
    if (location?.type === "refused") throw refusedRemote(location.shown, location.why);
  }
  const isPlain = [fetchFrom, pushTo].some((address) => address.toLowerCase().startsWith("http:"));
  return {
    shown: to?.shown ?? "",
    transports: isPlain ? "plain-http" : "secure",
    clean: (message) =>
      [from, to].reduce(
        (text, location) => (location && location.type !== "refused" ? cleanMessage(text, location) : text),
        message,
      ),
  };
}

/** A path, or an address as it may stand in a configuration that everybody reads. */
async function findUnnamed(remote: string, { directory, environment }: GitOptions): Promise<string> {
  const location = parseGitLocation(remote);
  if (location.type === "refused") throw refusedRemote(location.shown, location.why);
  if (location.type === "local") {
    const path = resolve(directory, location.path);
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isDirectory()) return path;
    throw noRemote(remote, directory, await whyNoRepository({ directory, environment }));
  }
  if (URL.canParse(remote) && new URL(remote).password !== "") {
    throw refusedRemote(location.shown, "its address holds a password, and this file is no place for one");
  }
  return remote;
}

/** A relative path in a repository's settings counts from its top. */
async function namedAddress(address: string, git: GitOptions): Promise<string> {
  const location = parseGitLocation(address);
  if (location.type !== "local") return address;
  const { code, output } = await runGit(["rev-parse", "--show-toplevel"], git);
  return resolve(code === 0 ? output.toString("utf8").trim() : git.directory, location.path);
}

async function whyNoRepository(git: GitOptions): Promise<string> {
  const { code, message } = await runGit(["rev-parse", "--git-dir"], git);
  if (code === -1) throw noGit(message);
  if (code === 0) return "";
  const location = { type: "local", path: git.directory, shown: git.directory } as const;
  return ` (git says: ${cleanMessage(message, location)})`;
}
