/** A sink writes and deletes files: where it does, nothing else of the configuration may lie. */

import { isAbsolute, relative, sep } from "node:path";
import type { IssueText } from "../manifests/issue-at.ts";
import type { NodePath } from "../manifests/source-node.ts";
import type { Config, SinkConfig } from "./config.ts";
import { sinkCredentials } from "./sink-credentials.ts";

export interface DirectoryFault extends IssueText {
  /** The sink's directory in the configuration. */
  readonly path: NodePath;
}

/** A directory or a file that is in use, and how people know it. */
interface Place {
  readonly what: string;
  readonly path: string;
}

/** Compares the paths as they are written, made absolute: symbolic links are not looked at. */
export function checkDirectories(config: Config): readonly DirectoryFault[] {
  const sinks = [...config.sinks].flatMap(([name, sink]) =>
    sink.driver === "file" ? [{ name, what: `sink ${name}`, path: sink.directory }] : [],
  );
  const files = filesOf(config);
  const others = ownDirectories(config);
  return sinks.flatMap((sink, index) => {
    const messages = [
      ...[...others, ...sinks.slice(0, index)].map((other) => overlap(sink, other)),
      ...files.map((file) => (holds(sink, file) ? `${file.what} lies in the directory of ${sink.what}` : [])),
    ].flat();
    const path = ["sinks", sink.name, "directory"];
    return messages.map((message) => ({ code: "CONFIG_DIRECTORY", path, message, hint: HINT }));
  });
}

const HINT = "give each sink a directory for its secrets alone, such as .keywright/secrets";

const ownDirectories = ({ store, ledger }: Config): readonly Place[] => [
  ...(store.driver === "embedded" ? [{ what: "the store", path: store.directory }] : []),
  ...(ledger.driver === "file" ? [{ what: "the ledger", path: ledger.directory }] : []),
];

const filesOf = ({ store, sinks, ledger }: Config): readonly Place[] => [
  ...(store.driver === "embedded" && store.pepperFile !== undefined
    ? [{ what: "the store's pepperFile", path: store.pepperFile }]
    : []),
  ...(store.driver !== "embedded" && store.credential.type === "file"
    ? [{ what: "the store's credential file", path: store.credential.path }]
    : []),
  ...(ledger.driver === "postgres" && ledger.url.type === "file"
    ? [{ what: "the file of the ledger's address", path: ledger.url.path }]
    : []),
  ...[...sinks].flatMap(([name, sink]) => fileOf(name, sink) ?? []),
];

/** What a sink reads of its own; nothing may be delivered over it. */
function fileOf(name: string, sink: SinkConfig): Place | undefined {
  if (sink.driver === "file") {
    return sink.identityFile === undefined
      ? undefined
      : { what: `the identityFile of sink ${name}`, path: sink.identityFile };
  }
  const credential = sinkCredentials(sink).find(({ type }) => type === "file");
  return credential?.type === "file"
    ? { what: `the credential file of sink ${name}`, path: credential.path }
    : undefined;
}

function overlap(sink: Place, other: Place): string | readonly never[] {
  if (sink.path === other.path) return `${sink.what} has the same directory as ${other.what}`;
  if (holds(sink, other)) return `the directory of ${sink.what} contains that of ${other.what}`;
  return holds(other, sink) ? `the directory of ${sink.what} lies inside that of ${other.what}` : [];
}

/** Whether the one is the other's directory, or one above it. */
function holds({ path: directory }: Place, { path }: Place): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
