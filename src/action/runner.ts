/** What the Action says to the runner: text, commands, masks, outputs, the summary. */

import { randomBytes } from "node:crypto";
import { appendFileSync, statSync } from "node:fs";
import type { Secret } from "../core/secret.ts";
import { stopCommands } from "../report/stop-commands.ts";
import { workflowCommand } from "../report/workflow-command.ts";
import type { OutputName } from "./outputs.ts";

export type AnnotationLevel = "error" | "warning" | "notice";

export interface AnnotationPlace {
  /** Relative to the repository's top. */
  readonly file?: string;
  readonly line?: number;
  readonly col?: number;
  readonly title?: string;
}

export interface Runner {
  /** Lines of the log. No line of `text` is a command, whatever stands in it (security check G11). */
  out(text: string): void;
  /** An annotation; `lines` may hold anything. */
  annotate(level: AnnotationLevel, place: AnnotationPlace, ...lines: readonly string[]): void;
  /** From now on the runner shows `***` for each line of it (security check S3). */
  mask(secret: Secret): void;
  setOutput(name: OutputName, value: string): void;
  /** Appends to the job's page; what is over the limit of a step is left out, and that is said there. */
  addSummary(markdown: string): void;
  /** The same for what ended the run; of several texts about one error the first stands. */
  addFailure(error: unknown, markdown: string): void;
}

export interface RunnerParts {
  /** Where lines of the log go to. */
  readonly write: (text: string) => void;
  /** The same, for masks alone: nothing may be left out of it. */
  readonly writeMask: (line: string) => void;
  /** GITHUB_OUTPUT, a file. */
  readonly outputFile: string;
  /** GITHUB_STEP_SUMMARY, a file. */
  readonly summaryFile: string;
}

/** What a step may write to its summary. */
const SUMMARY_BYTES = 1024 * 1024;
const LEAST_BYTES = 4096;
const CUT = "\n\nThe rest does not fit here.\n";

export function createRunner(parts: RunnerParts): Runner {
  const { write, writeMask, outputFile, summaryFile } = parts;
  const room = (): number => SUMMARY_BYTES - sizeOf(summaryFile);
  const addSummary = (markdown: string): void =>
    append(parts, summaryFile, cutTo(`${markdown.trimEnd()}\n\n`, room()));
  const told = new Set<unknown>();
  return {
    out: (text) => write(stopCommands(text, delimiter())),
    annotate: (level, place, ...lines) => write(`${workflowCommand(level, { ...place }, lines)}\n`),
    mask: (secret) => maskLines(secret).forEach((line) => writeMask(`::add-mask::${line}\n`)),
    setOutput: (name, value) => {
      const end = delimiter();
      append(parts, outputFile, `${name}<<${end}\n${value}\n${end}\n`);
    },
    addSummary,
    addFailure: (error, markdown) => {
      if (!told.has(error)) addSummary(markdown);
      told.add(error);
    },
  };
}

/** Unguessable, so that no text can hold it. */
const delimiter = (): string => randomBytes(16).toString("hex");

/** Of what is shorter nothing is kept secret, and half the log would be stars. */
const LEAST_MASKED = 3;

/** The lines that the runner has to know; a private key in a variable may have its line breaks written as \n. */
function maskLines(secret: Secret): readonly string[] {
  const lines = secret
    .reveal()
    .split(/\r\n|\n|\r/)
    .flatMap((line) => [line, ...line.split("\\n")])
    .map((line) => line.trim())
    .filter((line) => line.length >= LEAST_MASKED);
  return [...new Set(lines)].map((line) => line.replaceAll("%", "%25"));
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function cutTo(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  // What is left after a cut, which was told.
  if (bytes < LEAST_BYTES) return "";
  const kept = Buffer.from(text).subarray(0, bytes - Buffer.byteLength(CUT));
  // At a line's end, so that neither a character nor a row is cut.
  return `${kept.subarray(0, kept.lastIndexOf("\n") + 1).toString("utf8")}${CUT}`;
}

/** A full disk must not end a run half-way, nor take its exit code away. */
function append({ write }: RunnerParts, file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    write(`${workflowCommand("warning", {}, [`a file of the runner cannot be written: ${why}`])}\n`);
  }
}
