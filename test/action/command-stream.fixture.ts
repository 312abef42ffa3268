/**
 * The log of a step as the runner of GitHub Actions reads it (github.com/actions/runner, ActionCommandManager): which of its
 * lines are commands, what they do, and what people get to see.
 */

export interface SeenCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

export interface ReadLog {
  /** Those that acted, in their order; without `stop-commands` and its ends. */
  readonly commands: readonly SeenCommand[];
  readonly masks: readonly string[];
  /** What people see, with `***` for what was masked by then. */
  readonly shown: string;
  /** What was in the log before the first mask; empty where nothing was. */
  readonly beforeMasks: readonly string[];
  /** Whether commands were still stopped at the end. */
  readonly isStopped: boolean;
}

const STOP = "stop-commands";
const REGISTERED: ReadonlySet<string> = new Set([
  "add-mask",
  "add-matcher",
  "remove-matcher",
  "add-path",
  "set-env",
  "set-output",
  "save-state",
  "debug",
  "echo",
  "error",
  "warning",
  "notice",
  "group",
  "endgroup",
  "internal-set-repo-path",
  STOP,
]);

export function readLog(text: string): ReadLog {
  const commands: SeenCommand[] = [];
  const masks: string[] = [];
  const shown: string[] = [];
  const beforeMasks: string[] = [];
  let token: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const names = token === undefined ? REGISTERED : new Set([token.toLowerCase()]);
    const command = parseNew(line, names) ?? parseOld(line, names);
    if (masks.length === 0 && command?.name !== "add-mask" && line !== "") beforeMasks.push(line);
    if (!command) shown.push(masked(line, masks));
    else if (token !== undefined) token = undefined;
    else if (command.name === STOP) token = soundToken(command.data);
    else {
      commands.push(command);
      if (command.name === "add-mask" && command.data.trim() !== "") masks.push(command.data);
      else shown.push(masked(command.data, masks));
    }
  }
  return { commands, masks, shown: shown.join("\n"), beforeMasks, isStopped: token !== undefined };
}

/** The runner refuses others, which anybody could guess. */
function soundToken(token: string): string {
  if (token.trim() === "" || REGISTERED.has(token.toLowerCase()))
    throw new Error(`a bad stop token: ${token}`);
  return token;
}

const masked = (line: string, masks: readonly string[]): string =>
  masks.toSorted((a, b) => b.length - a.length).reduce((text, mask) => text.replaceAll(mask, "***"), line);

/** `::name key=value,…::data`, at the beginning of a line but for spaces. */
function parseNew(line: string, names: ReadonlySet<string>): SeenCommand | undefined {
  const match = /^\s*::(?<info>.*?)::(?<data>.*)$/.exec(line);
  if (!match?.groups) return undefined;
  return build(match.groups["info"] ?? "", unescaped(match.groups["data"] ?? "", DATA), names, ",", PROPERTY);
}

/** `##[name key=value;…]data`, anywhere in a line. */
function parseOld(line: string, names: ReadonlySet<string>): SeenCommand | undefined {
  const match = /##\[(?<info>[^\]]*)\](?<data>.*)$/.exec(line);
  if (!match?.groups) return undefined;
  return build(match.groups["info"] ?? "", unescaped(match.groups["data"] ?? "", OLD), names, ";", OLD);
}

type Escapes = readonly (readonly [string, string])[];
const DATA: Escapes = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%25", "%"],
];
const PROPERTY: Escapes = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%3A", ":"],
  ["%2C", ","],
  ["%25", "%"],
];
const OLD: Escapes = [
  ["%3B", ";"],
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%5D", "]"],
  ["%25", "%"],
];

const unescaped = (text: string, escapes: Escapes): string =>
  escapes.reduce((found, [code, plain]) => found.replaceAll(code, plain), text);

function build(
  info: string,
  data: string,
  names: ReadonlySet<string>,
  separator: string,
  escapes: Escapes,
): SeenCommand | undefined {
  const [name = "", ...rest] = info.trim().split(" ");
  if (!names.has(name.toLowerCase())) return undefined;
  const pairs = rest
    .join(" ")
    .split(separator)
    .flatMap((pair) => {
      const at = pair.indexOf("=");
      return at < 1 ? [] : [[pair.slice(0, at).trim(), unescaped(pair.slice(at + 1), escapes)] as const];
    });
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), data };
}
