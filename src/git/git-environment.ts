/** What a git child process may know of our environment: how to reach servers, and nothing that redirects it. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** The operator's own settings for git, ssh, proxies and certificates. Not GIT_DIR and its like: hooks set them. */
const KEPT: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "XDG_CONFIG_HOME",
  "XDG_RUNTIME_DIR",
  "SSH_AUTH_SOCK",
  "SSH_ASKPASS",
  "GIT_ASKPASS",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_SSH_VARIANT",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_COUNT",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "GIT_SSL_NO_VERIFY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SYSTEMROOT",
  "SystemRoot",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "PATHEXT",
  "TEMP",
  "TMP",
]);

/** What git may talk: nothing when it reads a repository on disk; plain http not even by a redirect. */
const TRANSPORTS = { none: "none", secure: "file:ssh:https", "plain-http": "http" } as const;

export type Transports = keyof typeof TRANSPORTS;

/** For a child that may use these transports and no others. */
export function gitEnvironment(environment: Environment, transports: Transports): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (KEPT.has(entry[0]) || /^GIT_CONFIG_(KEY|VALUE)_\d+$/.test(entry[0])),
  );
  return {
    ...Object.fromEntries(kept),
    // Messages that this code reads are in English.
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // Whatever any configuration says (security check G13): no ext:: and the like, and no missing object fetched
    // by programs that a repository names. Git before 2.45 may not know the latter variable, but all know the former.
    GIT_ALLOW_PROTOCOL: TRANSPORTS[transports],
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
  };
}
