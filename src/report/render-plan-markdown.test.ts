import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Plan } from "../core/plan.ts";
import {
  aBlocked,
  aCreate,
  aKey,
  aPlan,
  aRevocation,
  aRotation,
  anUpdate,
  hostileText,
  NOW,
} from "./plan.fixture.ts";
import { renderPlan } from "./render-plan.ts";

const render = (plan: Plan, maxLength?: number): string =>
  renderPlan(plan, {
    format: "markdown",
    colors: false,
    now: NOW,
    ...(maxLength !== undefined && { maxLength }),
  });

test("the sum comes first, then a table, then what each change does, folded", () => {
  const shown = render(aPlan({ changes: [aRotation(), aRevocation()] }));
  expect(shown).toBe(`**Plan: 0 to create, 1 to rotate, 0 to update, 1 to revoke.**

Instance \`acme-prod\`, store \`embedded .keywright/store\`, source \`/srv/keys.git\` at \`main\`, commit \`3f2a9c1b7d10\`

| | Change | Kind | Name | Why |
| --- | --- | --- | --- | --- |
| ↻ | rotate | ApiKey | \`scanner\` | roles change from USER to READ&#95;ONLY; new key now, old key k&#95;123 (…abcd) stays valid until about 2026-11-22 08&#58;00 UTC (24h overlap), and the next run after that revokes it |
| - | revoke | ApiKey | \`retired\` | its manifest is gone |

<details><summary>rotate ApiKey <code>scanner</code></summary>

- why: roles change from USER to READ&#95;ONLY
- overlap: new key now, old key k&#95;123 (…abcd) stays valid until about 2026-11-22 08&#58;00 UTC (24h overlap), and the next run after that revokes it
- expires: 90d after it is minted: about 2027-02-19 08&#58;00 UTC
- goes to: local: path=ci/scanner
- declared at \`keys/scanner.yaml:3\`

\`\`\`diff
- roles: USER
+ roles: READ_ONLY
\`\`\`

</details>

<details><summary>revoke ApiKey <code>retired</code></summary>

- why: its manifest is gone
- key: k&#95;123 (…abcd), made 2026-11-01 08&#58;00 UTC

</details>
`);
});

test("what a person asked for stands above the changes", () => {
  const requests = [
    { type: "leak", name: "scanner", operation: "0123456789ab", reason: "in a *chat*" },
  ] as const;
  expect(render(aPlan({ requests, changes: [aRotation()] }))).toContain(
    "commit `3f2a9c1b7d10`\n\n- asked: leak scanner: in a &#42;chat&#42;\n",
  );
});

test("refusals, what is left alone, and notices are told with their hints", () => {
  const shown = render(
    aPlan({
      changes: [anUpdate({ renamedFrom: "scan", fields: [{ field: "owner", to: "team" }] })],
      violations: [{ guard: "own-key", message: "that is ours", hint: "use another", names: ["x"] }],
      blocked: [aBlocked()],
      notices: [{ code: "FOREIGN_KEYS", message: "2 keys" }],
    }),
  );
  expect(shown).toContain("> - **`own-key`** that is ours (hint: use another)\n");
  expect(shown).toContain("- ApiKey `copied` at `keys/copied.yaml:7`: `MARKER_AMBIGUOUS` two live keys");
  expect(shown).toContain("- `FOREIGN_KEYS` 2 keys\n");
  expect(shown).toContain("- was: `scan`\n");
  expect(shown).toContain("```diff\n+ owner: team\n```");
});

/** A plan with `hostile` at every place that text from outside can reach. */
function hostilePlan(hostile: string): Plan {
  const desired = aKey({
    name: hostile,
    roles: [{ type: "custom", tag: hostile }],
    deliverTo: [{ sink: hostile, path: hostile }],
    origin: { file: hostile, line: 1, column: 1 },
  });
  const fields = [
    { field: hostile, from: hostile, to: hostile },
    { field: "description", from: "a", to: hostile },
  ];
  return aPlan({
    instance: hostile,
    store: hostile,
    source: { type: "git", location: hostile, ref: hostile, commit: hostile },
    changes: [
      aCreate({ desired, reasons: [{ code: "new", message: hostile }] }),
      aRotation({ desired, fields, reasons: [{ code: "age", message: hostile }] }),
      anUpdate({ desired, fields, renamedFrom: hostile }),
      aRevocation({ name: hostile }),
    ],
    blocked: [aBlocked({ name: hostile, message: hostile, hint: hostile })],
    notices: [{ code: "NOT_COMPLIANT", message: hostile }],
    violations: [{ guard: "own-key", message: hostile, hint: hostile, names: [hostile] }],
  });
}

/** The lines outside fenced blocks; throws when a fence does not close as it opened. */
function outsideFences(markdown: string): readonly string[] {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split("\n")) {
    const run = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && run) fence = run;
    else if (fence === undefined) lines.push(line);
    else if (run && run.length >= fence.length && line.trim() === run) fence = undefined;
  }
  expect(fence).toBeUndefined();
  return lines;
}

/** `line` without its code spans, by CommonMark's rule: a run of backticks closes at the next run of its length. */
function withoutCode(line: string): string {
  const runs = line.split(/(`+)/);
  let shown = "";
  for (let at = 0; at < runs.length; at += 1) {
    const run = runs[at] ?? "";
    const close = run.startsWith("`") ? runs.indexOf(run, at + 1) : -1;
    if (close > 0) at = close;
    else shown += run;
  }
  return shown;
}

/** What GitHub would see in the finished page: entities are characters there. */
const decoded = (text: string): string =>
  text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

const shapeOf = (markdown: string): readonly string[] =>
  outsideFences(markdown).map((line) => /^(\||- |> |<\/?details>|\*\*|$)/.exec(line)?.[0] ?? "text");

test("G10: no text of a manifest shapes the comment, mentions anyone, refers or links to anything", () => {
  const plainShape = shapeOf(render(hostilePlan("x")));
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const markdown = render(hostilePlan(hostile));
      expect(markdown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(shapeOf(markdown)).toEqual(plainShape);
      const lines = outsideFences(markdown);
      const rows = lines.filter((line) => line.startsWith("|"));
      expect(rows.map((row) => row.split("|").length)).toEqual(rows.map(() => 7));
      for (const line of lines) {
        const html = line.startsWith("<details>") ? line.replace(/<code>[^<]*<\/code>/, "") : line;
        const seen = withoutCode(html).replace(/^\| ~|\[!CAUTION\]/, "");
        expect(seen).not.toMatch(/<(?!\/?(details|summary)>)|`|[[\]\\]|!\[|[_~$]/);
        expect(decoded(seen)).not.toMatch(/[@#][\p{L}\p{N}]|\bGH-\d|:\/\/|\bwww\./iu);
      }
    }),
    { numRuns: 300 },
  );
});

test("G10: a description cannot close the block that shows it", () => {
  const fields = [{ field: "description", from: "a", to: "````\n```\n</details> @octocat" }];
  expect(render(aPlan({ changes: [anUpdate({ fields })] }))).toContain(
    "`````diff\n- description: a\n+ description: ````\\u{a}```\\u{a}</details> @octocat\n`````\n",
  );
});

test("G10: a long plan is cut between rows and says what is missing", () => {
  const changes = Array.from({ length: 2000 }, (_, i) => aCreate({ desired: aKey({ name: `key-${i}` }) }));
  const shown = render(aPlan({ changes }));
  const rows = shown.split("\n").filter((line) => line.startsWith("| + "));
  expect(shown.length).toBeLessThanOrEqual(65_536);
  expect(shown.length).toBeGreaterThan(60_000);
  expect(rows.every((row) => row.split("|").length === 7)).toBe(true);
  expect(shown).toMatch(
    new RegExp(
      `\\nCut to fit. Not shown: ${2000 - rows.length} of 2000 changes, 2000 of 2000 details. .*\\n$`,
    ),
  );
});

test("G10: the cut opens no fold and no fence that it does not close, at any length", () => {
  fc.assert(
    fc.property(hostileText(), fc.integer({ min: 1, max: 40_000 }), (hostile, maxLength) => {
      const one = hostilePlan(hostile.repeat(20));
      const plan = { ...one, changes: Array.from({ length: 10 }, () => one.changes).flat() };
      const markdown = render(plan, maxLength);
      expect(markdown.length).toBeLessThanOrEqual(Math.max(maxLength, 8_000));
      const lines = outsideFences(markdown);
      const count = (start: string): number => lines.filter((line) => line.startsWith(start)).length;
      expect(count("<details>")).toBe(count("</details>"));
    }),
  );
});
