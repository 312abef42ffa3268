import { Console } from "node:console";
import { Writable } from "node:stream";
import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

const PLAIN = "correct-horse-battery-staple";
const secret = Secret.of(PLAIN);
/** As careless code would have it. */
const asText = secret as unknown as string;
const asRecord = secret as unknown as Readonly<Record<string, unknown>>;

/** Everything that is written to the stream while `write` runs. */
function written(write: (stream: Writable) => void): string {
  const chunks: string[] = [];
  write(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    }),
  );
  return chunks.join("");
}

const RENDERINGS: readonly (readonly [string, () => unknown])[] = [
  ["JSON", () => JSON.stringify({ secret, list: [secret] })],
  ["a template", () => `key ${asText}`],
  ["String()", () => String(secret)],
  ["toString()", () => secret.toString()],
  ["concatenation", () => "key ".concat(asText)],
  ["a number", () => Number(secret)],
  ["an object's key", () => Object.keys({ [asText]: 1 }).join("")],
  ["join", () => [secret].join("")],
  ["inspect", () => inspect({ deep: { deeper: [secret] } }, { depth: 9, showHidden: true })],
  ["inspect without custom inspection", () => inspect(secret, { customInspect: false, showHidden: true })],
  ["inspect with getters", () => inspect(secret, { customInspect: false, getters: true })],
  ["format %s", () => format("%s", secret)],
  ["format %o", () => format("%o", secret)],
  ["format %O", () => format("%O", { secret })],
  ["format %j", () => format("%j", { secret })],
  ["format %d", () => format("%d", secret)],
  ["format without directive", () => format(secret)],
  ["spread", () => inspect({ ...asRecord })],
  ["entries", () => inspect([Object.entries(secret), Reflect.ownKeys(secret)])],
  ["assign", () => JSON.stringify(Object.assign({}, secret))],
  ["structuredClone", () => inspect(structuredClone({ secret }), { depth: 9, showHidden: true })],
  ["v8 serialisation", () => serialize({ secret }).toString("latin1")],
  ["a console", () => written((stream) => new Console({ stdout: stream }).log("key", secret, { secret }))],
  ["a console's table", () => written((stream) => new Console({ stdout: stream }).table([{ secret }]))],
  ["an error's message", () => new Error(`bad ${asText}`).message],
  ["an error's cause", () => inspect(new Error("bad", { cause: { secret } }))],
  ["URL parameters", () => new URLSearchParams({ token: asText }).toString()],
  [
    "pino",
    () =>
      written((stream) =>
        pino({ level: "trace" }, stream).info({ secret, deep: { list: [secret] } }, "key %s %j", secret, {
          secret,
        }),
      ),
  ],
];

test.each(RENDERINGS)("S1: a secret does not show in %s", (_name, render) => {
  const text = String(render());
  expect(text).not.toContain(PLAIN);
  expect(text).not.toContain(PLAIN.slice(8));
});

test("S1: what is printed instead says so", () => {
  expect(JSON.stringify(secret)).toBe('"[redacted]"');
  expect(inspect(secret)).toBe("[redacted]");
  expect(String(secret)).toBe("[redacted]");
  expect(`key ${asText}`).toBe("key [redacted]");
});

test("only reveal gives the plaintext", () => {
  expect(secret.reveal()).toBe(PLAIN);
});
