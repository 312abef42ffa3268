/** `keywright completion`: a static script, made from the commands and options themselves. */

import type { Command } from "commander";
import { KeywrightError } from "../../core/error.ts";
import type { Host } from "../host.ts";

interface Words {
  /** The command's words after `keywright`: `""` for the program itself, `runs list`. */
  readonly path: string;
  /** What may follow: subcommands, then long options. */
  readonly next: readonly string[];
}

export function completion(host: Host, program: Command, shell: string): number {
  const script = SCRIPTS[shell];
  if (!script) {
    throw new KeywrightError("USAGE", `there is no completion for ${shell}`, {
      hint: `one of: ${Object.keys(SCRIPTS).join(", ")}`,
    });
  }
  host.out(script(wordsOf(program, [], optionsOf(program))));
  return 0;
}

function wordsOf(command: Command, path: readonly string[], globals: readonly string[]): readonly Words[] {
  const own = path.length === 0 ? [] : optionsOf(command);
  const next = [...command.commands.map((child) => child.name()), ...own, ...globals, "--help"];
  return [
    { path: path.join(" "), next },
    ...command.commands.flatMap((child) => wordsOf(child, [...path, child.name()], globals)),
  ];
}

const optionsOf = (command: Command): readonly string[] =>
  command.options.flatMap((option) => option.long ?? []);

const cases = (words: readonly Words[], line: (words: Words) => string): string => words.map(line).join("\n");

/** The shells' pattern of all commands. Other words on the line are arguments, and are passed over. */
const known = (words: readonly Words[], separator: string): string =>
  words.flatMap(({ path }) => (path === "" ? [] : `"${path}"`)).join(separator);

const bash = (
  words: readonly Words[],
): string => `# keywright completion for bash: eval "$(keywright completion bash)"
_keywright() {
  local word at="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${at:+$at }$word" in ${known(words, "|")}) at="\${at:+$at }$word" ;; esac
  done
  case "$at" in
${cases(words, ({ path, next }) => `    "${path}") COMPREPLY=($(compgen -W "${next.join(" ")}" -- "\${COMP_WORDS[COMP_CWORD]}")) ;;`)}
  esac
}
complete -o default -F _keywright keywright
`;

const zsh = (words: readonly Words[]): string => `#compdef keywright
# keywright completion for zsh: source <(keywright completion zsh)
_keywright() {
  local at="" word
  for word in \${words[2,$((CURRENT - 1))]}; do
    case "\${at:+$at }$word" in ${known(words, "|")}) at="\${at:+$at }$word" ;; esac
  done
  case "$at" in
${cases(words, ({ path, next }) => `    "${path}") compadd -- ${next.join(" ")} || _files ;;`)}
  esac
}
compdef _keywright keywright
`;

const fish = (words: readonly Words[]): string =>
  `# keywright completion for fish: keywright completion fish | source
function __keywright_at
  set -l at
  for word in (commandline -opc)[2..-1]
    set -l next $at $word
    contains -- "$next" ${known(words, " ")}; and set at $next
  end
  test "$at" = "$argv[1]"
end
complete -c keywright -f
${cases(words, ({ path, next }) => `complete -c keywright -n '__keywright_at "${path}"' -a '${next.join(" ")}'`)}
`;

const SCRIPTS: Readonly<Record<string, ((words: readonly Words[]) => string) | undefined>> = {
  bash,
  zsh,
  fish,
};
