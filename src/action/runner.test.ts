import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readLog } from "../../test/action/command-stream.fixture.ts";
import { Secret } from "../core/secret.ts";
import { createRunner } from "./runner.ts";

function bench() {
  const directory = mkdtempSync(join(tmpdir(), "keywright-runner-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let log = "";
  const write = (text: string): void => void (log += text);
  const [outputFile, summaryFile] = [join(directory, "output"), join(directory, "summary")];
  const runner = createRunner({ write, writeMask: write, outputFile, summaryFile });
  return {
    runner,
    log: () => log,
    read: (file: string) => readFileSync(file, "utf8"),
    outputFile,
    summaryFile,
  };
}

const HOSTILE = [
  "::error::owned",
  "  ::set-output name=x::owned",
  "text ##[add-mask]owned",
  "::stop-commands::guessed",
  "\r::warning::owned",
];

test("G11: no line of a text is a command, and commands work again after it", () => {
  const { runner, log } = bench();
  runner.out(HOSTILE.join("\n"));
  runner.annotate("notice", {}, "done");
  const read = readLog(log());
  expect(read.commands).toEqual([{ name: "notice", properties: {}, data: "done" }]);
  expect(read.isStopped).toBe(false);
});

test("G11: an annotation says what it is given, and nothing in it acts", () => {
  const { runner, log } = bench();
  const place = { file: "keys/a,line=9::x.yaml", line: 3, title: "T\n::error::owned" };
  runner.annotate("error", place, ...HOSTILE);
  const { commands } = readLog(log());
  expect(commands).toHaveLength(1);
  expect(commands[0]).toMatchObject({
    name: "error",
    properties: { file: "keys/a,line=9::x.yaml", line: "3" },
  });
});

test("S3: each line of a secret is masked, also where its line breaks are written out", () => {
  const { runner, log } = bench();
  runner.mask(Secret.of("-----BEGIN KEY-----\r\nMII%41\n\n-----END KEY-----\n"));
  runner.mask(Secret.of("one\\ntwo"));
  runner.mask(Secret.of("  "));
  const written = ["one\\ntwo", "one", "two"];
  expect(readLog(log()).masks).toEqual(["-----BEGIN KEY-----", "MII%41", "-----END KEY-----", ...written]);
});

test("what is too short to be a secret is not masked: it would hide the log", () => {
  const { runner, log } = bench();
  for (const text of ["a", "1\n0\n", "ab"]) runner.mask(Secret.of(text));
  runner.mask(Secret.of("ab\\ncd"));
  expect(readLog(log()).masks).toEqual(["ab\\ncd"]);
});

test("an output holds any text, and ends where it says", () => {
  const { runner, read, outputFile } = bench();
  runner.setOutput("plan-path", "a\ndigest<<x\nb");
  runner.setOutput("changes", "2");
  const [first = "", ...lines] = read(outputFile).split("\n");
  const [name, end = ""] = first.split("<<");
  expect(name).toBe("plan-path");
  expect(end).toMatch(/^[0-9a-f]{32}$/);
  expect(lines.slice(0, 4)).toEqual(["a", "digest<<x", "b", end]);
  expect(lines[4]).toMatch(/^changes<<[0-9a-f]{32}$/);
  expect(lines[4]).not.toContain(end);
});

test("a summary stays within what GitHub shows of a step", () => {
  const { runner, read, summaryFile } = bench();
  const line = `${"ä".repeat(50)}\n`;
  for (let count = 0; count < 3; count += 1) runner.addSummary(line.repeat(8_000));
  const text = read(summaryFile);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
  expect(text.endsWith(`${line}\n\nThe rest does not fit here.\n`)).toBe(true);
  runner.addSummary(line.repeat(100));
  expect(read(summaryFile)).toBe(text);
});

test("a file of the runner that cannot be written is a warning, and ends nothing", () => {
  let log = "";
  const write = (text: string): void => void (log += text);
  const runner = createRunner({ write, writeMask: write, outputFile: "", summaryFile: "" });
  runner.setOutput("changes", "1");
  runner.addSummary("x");
  expect(readLog(log).commands.map(({ name }) => name)).toEqual(["warning", "warning"]);
});

test("of several texts about one failure the page has the first, and those of other failures too", () => {
  const { runner, read, summaryFile } = bench();
  const error = new Error("no");
  runner.addFailure(error, "first");
  runner.addFailure(error, "second");
  runner.addFailure(new Error("no"), "other");
  expect(read(summaryFile)).toBe("first\n\nother\n\n");
});
