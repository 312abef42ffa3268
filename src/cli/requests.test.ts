/** What `rotate`, `revoke` and `leak` refuse, and what they ask a person. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "../core/secret.ts";
import { aHost } from "./a-host.fixture.ts";
import type { Host } from "./host.ts";
import { runCli } from "./run-cli.ts";

const CONFIG = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: embedded, directory: store }
sinks: { local: { driver: file, directory: secrets } }
ledger: { driver: file, directory: ledger }
`;

const MANIFEST = `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: scanner }
spec:
  roles: [READ_ONLY]
  expires: { after: 90d }
  deliverTo: [{ sink: local, path: scanner }]
`;

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Workplace {
  readonly run: (args: readonly string[], host?: Partial<Host>) => Promise<Answer>;
  /** The value in the sink. */
  readonly secret: () => Promise<string>;
}

/** One key, applied. */
async function aWorkplace(): Promise<Workplace> {
  const cwd = await mkdtemp(join(tmpdir(), "keywright-cli-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await mkdir(join(cwd, "keys"));
  await writeFile(join(cwd, "keywright.yaml"), CONFIG);
  await writeFile(join(cwd, "keys/scanner.yaml"), MANIFEST);
  const run: Workplace["run"] = async (args, over = {}) => {
    const host = aHost({ cwd, ...over });
    const code = await runCli(args, host);
    return { code, ...host.printed };
  };
  expect(await run(["apply", "--yes"])).toMatchObject({ code: 0 });
  return { run, secret: () => readFile(join(cwd, "secrets/scanner"), "utf8") };
}

const WHY = ["--reason", "seen in a chat", "--yes"] as const;

test("I3: bad requests are refused before anything is done, and never repeat a key", async () => {
  const { run, secret } = await aWorkplace();
  const key = await secret();
  const refusals: readonly (readonly [readonly string[], string])[] = [
    [["rotate", "scaner", ...WHY], "there is no key named scaner"],
    [["revoke", "scaner", ...WHY], 'did you mean "scanner"?'],
    [["rotate", key, ...WHY], "what was given for a name looks like a key itself"],
    [["rotate", ...WHY], "missing required argument 'key'"],
    [["rotate", "scanner", "--yes"], "USAGE  --reason is missing"],
    [["rotate", "scanner", "--yes", "--reason", ""], "--reason cannot be recorded: it is empty"],
    [["revoke", "scanner", "--yes", "--reason", `it was ${key}`], "something in it looks like a key"],
    [["leak", ...WHY], "the leaked key is read from stdin alone"],
    [["leak", "--stdin", key, ...WHY], "a leaked key does not belong in an argument"],
    [["leak", key, ...WHY], "it stands in the shell's history"],
    [["rotate", "scanner", "--reason", "because"], "nobody can be asked here"],
    [["rotate", "scanner", ...WHY, "--wait", "soon"], "--wait soon is no duration"],
  ];
  for (const [args, expected] of refusals) {
    const { code, err, out } = await run(args);
    expect({ code, err }, args[0]).toMatchObject({ code: 1, err: expect.stringContaining(expected) });
    expect(out + err).not.toContain(key.slice(8));
  }
  expect(await secret()).toBe(key);
});

const pasted = (text: string): Partial<Host> => ({ readSecret: () => Promise.resolve(Secret.of(text)) });

test("I3: a leak that names another key is refused, and what is no key is unknown", async () => {
  const { run, secret } = await aWorkplace();
  const key = await secret();
  const wrong = await run(["leak", "--stdin", "--key", "other", ...WHY], pasted(key));
  expect(wrong).toMatchObject({ code: 1, out: "" });
  expect(wrong.err).toContain("it is the key of scanner, not of other");
  const unknown = await run(["leak", "--stdin", ...WHY], pasted("garbage"));
  expect(unknown.err).toContain(
    "LEAK_UNKNOWN  no key was found for what was pasted: the store says malformed",
  );
  expect(await secret()).toBe(key);
});

test("a person is shown the plan and asked; no leaves everything as it is, yes carries it out", async () => {
  const { run, secret } = await aWorkplace();
  const key = await secret();
  const questions: string[] = [];
  const answering = (isMeant: boolean): Partial<Host> => ({
    isInteractive: true,
    confirm: (question) => {
      questions.push(question);
      return Promise.resolve(isMeant);
    },
    ...pasted(key),
  });
  const args = ["leak", "--stdin", "--key", "scanner", "--reason", "seen in a chat"];
  const no = await run(args, answering(false));
  expect(no.code).toBe(1);
  expect(no.out).toContain("asked   leak scanner: seen in a chat");
  expect(no.err).toContain("Nothing was applied.");
  expect(await secret()).toBe(key);
  expect(await run(args, answering(true))).toMatchObject({ code: 0 });
  expect(await secret()).not.toBe(key);
  expect(questions).toEqual(["Apply these 2 changes?", "Apply these 2 changes?"]);
});

test("a request that nothing can be done about ends with 1 and says why", async () => {
  const { run } = await aWorkplace();
  expect(await run(["revoke", "scanner", ...WHY])).toMatchObject({ code: 0 });
  const again = await run(["revoke", "scanner", ...WHY]);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("scanner has no key in the store") });
});

test("requests as JSON: the record of the run", async () => {
  const { run } = await aWorkplace();
  const { code, out } = await run(["rotate", "scanner", "scanner", ...WHY, "--format", "json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    kind: "Run",
    result: "applied",
    requests: [{ type: "rotate", name: "scanner", reason: "seen in a chat" }],
  });
});
