import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Plan } from "../core/plan.ts";
import { hostilePlan } from "./hostile-plan.fixture.ts";
import {
  aBlocked,
  aCreate,
  aKey,
  aPlan,
  aRevocation,
  aRotation,
  anUpdate,
  hostileLine,
  hostileText,
  NOW,
} from "./plan.fixture.ts";
import { ACTING, renderedPage } from "./rendered-page.fixture.ts";
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
| ↻ | rotate | ApiKey | \`scanner\` | roles change from USER to READ&#95;ONLY; the old key stays valid until about 2026-11-22 08&#58;00 UTC |
| - | revoke | ApiKey | \`retired\` | its manifest is gone |

<details><summary>rotate ApiKey <code>scanner</code></summary>

- why: roles change from USER to READ&#95;ONLY
- overlap: new key now, old key k&#95;123 (…abcd) stays valid until about 2026-11-22 08&#58;00 UTC (24h overlap), and the next run after that revokes it
- expires: 90d after it is minted: about 2027-02-19 08&#58;00 UTC
- goes to: local: path=ci/scanner
- next rotation: about 2027-01-19 17&#58;36 UTC, at 66% of its life
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

test("G10: no text of a manifest shapes the report, mentions anyone, refers or links to anything", () => {
  const plain = renderedPage(render(hostilePlan("x")));
  expect(plain.tags.join("")).not.toMatch(/<(a|img|script)\b/);
  fc.assert(
    fc.property(hostileLine(), (hostile) => {
      const markdown = render(hostilePlan(hostile));
      const { tags, prose } = renderedPage(markdown);
      expect(markdown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(tags).toEqual(plain.tags);
      expect(prose).not.toMatch(ACTING);
    }),
    { numRuns: 20 },
  );
});

test("G10: a description cannot close the block that shows it", () => {
  const fields = [{ field: "description", from: "a", to: "````\n```\n</details> @octocat" }];
  expect(render(aPlan({ changes: [anUpdate({ fields })] }))).toContain(
    "`````diff\n- description: a\n+ description: ````\\u{a}```\\u{a}</details> @octocat\n`````\n",
  );
});

test("many changes are told in groups of like ones, the dangerous first, and each by its name", () => {
  const created = Array.from({ length: 45 }, (_, i) => aCreate({ desired: aKey({ name: `key-${i}` }) }));
  const changes = [...created, aRotation({ desired: aKey({ name: "root" }) }), aRevocation()];
  const risks = [
    { class: "expiry-lengthened", kind: "ApiKey", name: "root", message: "longer" },
    { class: "first-admin", kind: "ApiKey", name: "root", message: "the first" },
  ] as const;
  const rows = render(aPlan({ changes, risks }))
    .split("\n")
    .filter((line) => line.startsWith("| "));
  expect(rows.slice(2).map((row) => row.replaceAll(/`key-\d+`(, )?/g, "k"))).toEqual([
    "| ↻ | rotate | ApiKey | `root` | **first admin**, expiry lengthened | roles changed |",
    `| + | create ×20 | ApiKey | ${"k".repeat(20)} | | new |`,
    `| + | create ×20 | ApiKey | ${"k".repeat(20)} | | new |`,
    `| + | create ×5 | ApiKey | ${"k".repeat(5)} | | new |`,
    "| - | revoke | ApiKey | `retired` | | removed |",
  ]);
  expect(rows.join("").match(/`key-\d+`/g)).toHaveLength(45);
});

test("G10: a long plan is cut between rows and says what is missing", () => {
  const changes = Array.from({ length: 2000 }, (_, i) =>
    aCreate({ desired: aKey({ name: `key-${i}-`.padEnd(60, "x") }) }),
  );
  const shown = render(aPlan({ changes }));
  const rows = shown.split("\n").filter((line) => line.startsWith("| + "));
  expect(shown.length).toBeLessThanOrEqual(65_536);
  expect(shown.length).toBeGreaterThan(60_000);
  expect(rows.every((row) => row.split("|").length === 7)).toBe(true);
  expect(shown).toMatch(
    new RegExp(
      `\\nCut to fit. Not shown: ${100 - rows.length} of 100 rows of changes, 2000 of 2000 details. .*\\n$`,
    ),
  );
});

/** Folds and fences that `markdown` does not close, the innermost last. */
function openAtEnd(markdown: string): readonly string[] {
  const open: string[] = [];
  for (const [mark] of markdown.matchAll(/^(?:<\/?details>|`{3,})/gm)) {
    const begin = mark.replace("/", "");
    if (mark !== "<details>" && open.at(-1) === begin) open.pop();
    else open.push(mark);
  }
  return open;
}

test("G10: the cut opens no fold and no fence that it does not close, at any length", () => {
  fc.assert(
    fc.property(hostileText(), fc.integer({ min: 1, max: 40_000 }), (hostile, maxLength) => {
      const one = hostilePlan(hostile.repeat(20));
      const plan = { ...one, changes: Array.from({ length: 10 }, () => one.changes).flat() };
      const markdown = render(plan, maxLength);
      expect(markdown.length).toBeLessThanOrEqual(Math.max(maxLength, 8_000));
      expect(openAtEnd(markdown)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
