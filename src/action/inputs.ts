/** The Action's inputs. `action.yml` declares the same ones; a test compares the two. */

import { parseDuration } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";

export const MODES = ["validate", "plan", "apply", "drift"] as const;
export type Mode = (typeof MODES)[number];

/** Each input with its default as `action.yml` has it; undefined: it has to be given. */
export const INPUTS = {
  mode: undefined,
  config: "keywright.yaml",
  ref: "",
  "config-ref": "",
  format: "text",
  token: "${{ github.token }}",
  comment: "auto",
  "plan-path": "",
  artifact: "",
  allow: "",
  "approve-digest": "",
  wait: "15m",
  fix: "false",
  issue: "false",
  "fail-on-drift": "false",
} as const satisfies Readonly<Record<string, string | undefined>>;

export type InputName = keyof typeof INPUTS;

export interface Inputs {
  readonly mode: Mode;
  /** The configuration's path inside of the repository. */
  readonly config: string;
  /** Where manifests are read; absent: the commit of the run. */
  readonly ref?: string;
  /** Where the configuration is read; absent: the default branch. */
  readonly configRef?: string;
  /** Of the log. */
  readonly format: "text" | "json";
  readonly token?: Secret;
  /** `auto`: a comment or a check that GitHub does not take is a warning; `required`: a failure; `off`: neither is made. */
  readonly comment: "auto" | "required" | "off";
  /** Where the plan is saved; absent: a file under RUNNER_TEMP. */
  readonly planPath?: string;
  /** The name of the artifact that a later step uploads the plan as; absent: none does. */
  readonly artifact?: string;
  readonly allow: readonly string[];
  /** The digest of a plan that a person has seen. */
  readonly approveDigest?: string;
  /** How long to wait for another apply to end. */
  readonly waitMs: number;
  readonly fix: boolean;
  readonly issue: boolean;
  readonly failOnDrift: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable in which the runner hands over an input. */
export const inputVariable = (name: InputName): string => `INPUT_${name.toUpperCase()}`;

/** Apart from the rest: it has to be masked before anything can be said of the others. */
export function readToken(env: Environment): Secret | undefined {
  const text = given(env, "token");
  return text === undefined ? undefined : Secret.of(text);
}

/** Whether it says `true`, where the inputs as a whole may not be what they should. */
export const isYes = (env: Environment, name: InputName): boolean =>
  given(env, name)?.toLowerCase() === "true";

/** Throws USAGE for the first input that is none of what it may be. */
export function readInputs(env: Environment): Inputs {
  const token = readToken(env);
  const text = (name: InputName): string => given(env, name) ?? INPUTS[name] ?? "";
  const [ref, configRef, planPath, artifact, approveDigest] = (
    ["ref", "config-ref", "plan-path", "artifact", "approve-digest"] as const
  ).map((name) => given(env, name));
  return {
    mode: oneOf("mode", text("mode"), MODES),
    config: pathInside(text("config")),
    ...(ref !== undefined && { ref }),
    ...(configRef !== undefined && { configRef }),
    format: oneOf("format", text("format"), ["text", "json"]),
    ...(token && { token }),
    comment: oneOf("comment", text("comment"), ["auto", "required", "off"]),
    ...(planPath !== undefined && { planPath }),
    ...(artifact !== undefined && { artifact }),
    allow: text("allow")
      .split(/[\s,]+/)
      .filter(Boolean),
    ...(approveDigest !== undefined && { approveDigest }),
    waitMs: duration("wait", text("wait")),
    fix: yesOrNo("fix", text("fix")),
    issue: yesOrNo("issue", text("issue")),
    failOnDrift: yesOrNo("fail-on-drift", text("fail-on-drift")),
  };
}

/** An input that is left empty is not given. */
function given(env: Environment, name: InputName): string | undefined {
  const text = env[inputVariable(name)]?.trim();
  return text === "" ? undefined : text;
}

function oneOf<T extends string>(name: InputName, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw wrong(name, text, `one of ${choices.join(", ")}`);
}

const yesOrNo = (name: InputName, text: string): boolean =>
  oneOf(name, text.toLowerCase(), ["true", "false"]) === "true";

function duration(name: InputName, text: string): number {
  const ms = text === "0" || text === "0m" ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw wrong(name, text, "a duration such as 10m");
}

/** It is looked up in a commit, where no path leads out. */
function pathInside(text: string): string {
  const parts = text.replace(/^\.\//, "").split("/");
  if (parts.every((part) => part !== "" && part !== "." && part !== "..")) return parts.join("/");
  throw wrong("config", text, "a path inside of the repository, such as infra/keywright.yaml");
}

const wrong = (name: InputName, text: string, expected: string): KeywrightError =>
  new KeywrightError("USAGE", `the input ${name} is ${text === "" ? "empty" : JSON.stringify(text)}`, {
    hint: `it is ${expected}`,
  });
