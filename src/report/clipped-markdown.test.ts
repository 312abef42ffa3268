import { expect, test } from "vitest";
import { proseOf } from "./clipped-markdown.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

test("a digest in prose is code, from which it can be copied; nothing around it becomes markup", () => {
  expect(proseOf(`run it with approve-digest: ${DIGEST}, or not`)).toBe(
    `run it with approve-digest: \`${DIGEST}\`, or not`,
  );
  expect(proseOf(`\`${DIGEST}\` by @acme`)).toBe(`&#96;\`${DIGEST}\`&#96; by &#64;&#8203;acme`);
});

test("what only looks like a digest is prose, and so is one that was cut", () => {
  for (const text of [`${DIGEST}0`, `x${DIGEST}`, DIGEST.toUpperCase(), DIGEST.slice(0, -1)])
    expect(proseOf(text)).not.toContain("`");
  expect(proseOf(`${"x".repeat(380)} ${DIGEST}`)).not.toContain("`");
});
