/** What an error of pg or of PostgreSQL means for who asked. */

/** `lost`: the connection is of no use any more. `busy`: the server cannot do it now. Undefined: the question was wrong. */
export type PostgresFault = "lost" | "busy";

/** By SQLSTATE, or the beginning of it. */
const FAULTS: readonly (readonly [code: string, fault: PostgresFault])[] = [
  // Connection exceptions; the session was ended by an administrator, a crash, a dropped database or a time limit.
  ["08", "lost"],
  ["57P01", "lost"],
  ["57P02", "lost"],
  ["57P04", "lost"],
  ["57P05", "lost"],
  ["25P03", "lost"],
  // A standby since a failover: what it has may be old, and it takes no changes.
  ["25006", "lost"],
  // Starting up or shutting down, out of connections, memory or disk, too slow, locked by another.
  ["57P03", "busy"],
  ["53", "busy"],
  ["57014", "busy"],
  ["55P03", "busy"],
];

/** pg's own errors have no code. */
const OWN_WORDS =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|Query read timeout|timeout exceeded when trying to connect|timeout expired)/;

export function faultOf(error: unknown): PostgresFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code === undefined) return OWN_WORDS.test(error.message) ? "lost" : undefined;
  // Of the network, such as ECONNRESET: they name the call that failed.
  if ("syscall" in error) return "lost";
  return FAULTS.find(([prefix]) => code.startsWith(prefix))?.[1];
}

export function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
