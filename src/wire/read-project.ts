/**
 * A project: its configuration, and where its manifests come from. The configuration says where credentials
 * may go, so it never comes from the ref that is asked for: it is a file of the operator's, or stands on the
 * default branch of the repository, or at the ref that is named for it alone.
 */

import { dirname, relative, resolve, sep } from "node:path";
import { checkRotationWindows } from "../config/check-rotation-windows.ts";
import type { Config, SinkConfig } from "../config/config.ts";
import { configOf, loadConfig } from "../config/load-config.ts";
import type { DesiredState } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { hasErrors, type Issue } from "../core/issue.ts";
import type { Notice } from "../core/notice.ts";
import type { ManifestOrigin, ManifestSource, NoticeChannel } from "../core/ports.ts";
import type { Logger } from "../logger.ts";
import type { SinkFacts } from "../manifests/build-context.ts";
import { buildDesired, type ManifestsReading } from "../manifests/build-desired.ts";
import { createDirectorySource } from "../sources/directory-source.ts";
import { createGitSource, type GitSourceOptions, readGitFile } from "../sources/git-source.ts";
import { GITHUB_URL } from "../http/github/github-client.ts";
import { describeSlot } from "../sinks/open-sink.ts";
import { findRepository } from "./find-repository.ts";

export interface ProjectOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** A file, relative to `cwd`; absent: `keywright.yaml`. */
  readonly config?: string;
  /** A Git repository, by path or address. */
  readonly repo?: string;
  readonly ref?: string;
  /** With `repo`: there `config` is a path inside of it, read at this ref. Directories in it start from `cwd`. */
  readonly configRef?: string;
}

export interface ManifestReading {
  /** Absent when there is an error among the issues. */
  readonly desired?: DesiredState;
  readonly digest?: string;
  readonly source: ManifestOrigin;
  /** Of the source, of the manifests, and of the schedule that they meet with; each in the order of their places. */
  readonly issues: readonly Issue[];
  /** Which fields an overlay set. */
  readonly notices: readonly Notice[];
}

export interface Project {
  readonly config: Config;
  readonly env: ProjectOptions["env"];
  readonly logger: Logger;
  /** Ways to tell people besides those of the configuration. */
  readonly channels?: readonly NoticeChannel[];
  /** Reads the manifests as they are now. Throws SOURCE_… errors. */
  readManifests(): Promise<ManifestReading>;
}

const CONFIG_FILE = "keywright.yaml";

/** Throws CONFIG_MISSING, INPUT_INVALID with all issues, or SOURCE_… errors. */
export async function readProject(options: ProjectOptions): Promise<Project> {
  const { config, source, patterns } = await locate(options);
  options.logger.debug({ instance: config.instance, store: config.store.driver }, "configuration read");
  const context = { instance: config.instance, defaults: config.defaults, sinks: sinkFacts(config) };
  return {
    config,
    env: options.env,
    logger: options.logger,
    readManifests: async () => {
      const { origin, files, issues } = await source.load(patterns(config));
      options.logger.debug({ ...origin, files: files.length }, "manifests read");
      const now = new Date();
      const reading = buildDesired(files, { ...context, now });
      const late = checkRotationWindows(config.drift, reading.built?.desired.keys ?? [], now);
      return {
        source: origin,
        issues: [...issues, ...reading.issues, ...late],
        notices: overlayNotices(reading),
        ...(reading.built &&
          !hasErrors([...issues, ...late]) && {
            desired: reading.built.desired,
            digest: reading.built.digest,
          }),
      };
    },
  };
}

interface Located {
  readonly config: Config;
  readonly source: ManifestSource;
  /** The configured patterns, relative to the source's root. */
  readonly patterns: (config: Config) => readonly string[];
}

const asConfigured = ({ manifests }: Config): readonly string[] => manifests;

async function locate(options: ProjectOptions): Promise<Located> {
  const { cwd, repo, ref, configRef, env } = options;
  if (configRef !== undefined) return locateAt(options, configRef);
  if (repo !== undefined) {
    const git = { location: repo, ref: ref ?? "HEAD", environment: env };
    return {
      config: await configForRepo(options, git),
      source: createGitSource(git),
      patterns: asConfigured,
    };
  }
  const file = options.config ?? CONFIG_FILE;
  const config = await loadConfig(file, cwd);
  const directory = dirname(resolve(cwd, file));
  if (ref === undefined) return { config, source: createDirectorySource(directory), patterns: asConfigured };
  const top = await findRepository(directory);
  if (top === undefined) {
    throw new KeywrightError("SOURCE_UNREADABLE", `--ref ${ref}: ${directory} is in no Git repository`, {
      hint: "leave out --ref, or name the repository with --repo",
    });
  }
  return {
    config,
    source: createGitSource({ location: top, ref, environment: env }),
    patterns: below(relative(top, directory).split(sep)),
  };
}

/** Both from one repository, each from its own commit. */
async function locateAt(options: ProjectOptions, configRef: string): Promise<Located> {
  const { cwd, repo, ref = "HEAD", config: path = CONFIG_FILE, env } = options;
  if (repo === undefined) {
    throw new KeywrightError("USAGE", `--config-ref ${configRef}: no repository is named`, {
      hint: "name it with --repo, for example --repo .",
    });
  }
  const found = await readGitFile({ location: repo, ref: configRef, environment: env }, path);
  if (!found) {
    throw new KeywrightError("CONFIG_MISSING", `there is no ${path} at ${configRef}`, {
      hint: "commit it there; --config names another path inside of the repository",
    });
  }
  return {
    config: configOf(found.text, { file: path, directory: cwd }),
    source: createGitSource({ location: repo, ref, environment: env }),
    patterns: below(path.split("/").slice(0, -1)),
  };
}

/** The configured patterns start from the directory that the configuration stands in. */
function below(directory: readonly string[]): Located["patterns"] {
  const prefix = directory.filter(Boolean).map(escapeGlob);
  return ({ manifests }) => manifests.map((pattern) => [...prefix, pattern].join("/"));
}

const escapeGlob = (name: string): string => name.replace(/[\\*?[\]{}()!+@]/g, "\\$&");

/** A file that the operator names, or the one on the repository's default branch: never the one at `ref`. */
async function configForRepo({ cwd, config }: ProjectOptions, git: GitSourceOptions): Promise<Config> {
  if (config !== undefined) return loadConfig(config, cwd);
  const found = await readGitFile({ location: git.location, environment: git.environment }, CONFIG_FILE);
  if (found) return configOf(found.text, { file: CONFIG_FILE, directory: cwd });
  throw new KeywrightError("CONFIG_MISSING", `the default branch of ${git.location} has no ${CONFIG_FILE}`, {
    hint: "commit one there, or name a file of yours with --config",
  });
}

const sinkFacts = ({ sinks }: Config): ReadonlyMap<string, SinkFacts> =>
  new Map([...sinks].map(([name, sink]) => [name, factsOf(sink)]));

function factsOf(sink: SinkConfig): SinkFacts {
  if (sink.driver === "github-actions") {
    // Sinks of other visibilities write to the same organisation.
    const place = `${sink.driver} ${sink.url ?? GITHUB_URL}`;
    return { driver: sink.driver, fields: describeSlot(sink.driver, sink), place };
  }
  if (sink.driver === "vault") {
    // A namespace is a part of the path that Vault puts before the mount.
    const engine = [sink.namespace, sink.mount].filter(Boolean).join("/");
    const place = `${sink.driver} ${sink.address.replace(/\/+$/, "")} ${engine}`;
    return { driver: sink.driver, fields: describeSlot(sink.driver, sink), place };
  }
  if (sink.driver !== "file") return { driver: sink.driver, fields: describeSlot(sink.driver, sink) };
  const { driver, paths, ...options } = sink;
  return { driver, fields: describeSlot(driver, options), ...(paths && { paths }) };
}

const overlayNotices = ({ overlays }: ManifestsReading): readonly Notice[] =>
  [...overlays].flatMap(([manifest, fields]) =>
    fields.map(({ field, file }) => ({
      code: "OVERLAID" as const,
      message: `${manifest}: ${field} comes from ${file}`,
    })),
  );
