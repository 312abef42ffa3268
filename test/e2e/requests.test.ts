/** What a person asks for: `rotate`, `revoke` and `leak`, through the command line, on the real store. */

import { expect, test } from "vitest";
import { aKeyManifest, CONFIG, createProject, type Project, type Result } from "./project.fixture.ts";
import { startServer } from "./server.fixture.ts";
import { GOOD, liveKeys, standings } from "./store.fixture.ts";

const WHY = ["--reason", "seen in a chat", "--yes"] as const;

async function withKeys(...names: readonly string[]): Promise<Project> {
  const files = names.map((name) => [`keys/${name}.yaml`, aKeyManifest(name)] as const);
  const project = await createProject(Object.fromEntries(files));
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  return project;
}

const secretOf = async (project: Project, name: string): Promise<string> =>
  (await project.secrets()).get(`ci/${name}`) ?? "";

const leak = (project: Project, input: string, ...options: readonly string[]): Promise<Result> =>
  project.run(["leak", "--stdin", ...WHY, ...options], { input });

const namesOf = async (project: Project): Promise<readonly string[]> =>
  (await liveKeys(project)).map(({ marker }) => marker?.name ?? "?").toSorted();

/** What the store says to the bearer of `secret`: any request at all shows it. */
async function isLetIn(url: string, secret: string): Promise<boolean> {
  const { status } = await fetch(`${url}/v1/keys`, { headers: { authorization: `Bearer ${secret}` } });
  return status !== 401;
}

test("S2: a leaked key is replaced, delivered and refused at once, and stands nowhere else", async () => {
  const project = await withKeys("scanner", "sync");
  const leaked = await secretOf(project, "scanner");
  const other = await secretOf(project, "sync");
  const server = await startServer(project);
  expect(await isLetIn(server.url, leaked)).toBe(true);
  const { code, out } = await leak(project, `${leaked}\n`);
  expect(code).toBe(0);
  expect(out).toContain("overlap: none");
  expect(out).toContain("asked   leak scanner: seen in a chat");
  expect(out).toContain("Applied: 2 applied.");
  expect(await isLetIn(server.url, leaked)).toBe(false);
  const next = await secretOf(project, "scanner");
  expect(next).not.toBe(leaked);
  expect(await isLetIn(server.url, next)).toBe(true);
  expect(await secretOf(project, "sync")).toBe(other);
  expect((await project.run(["plan", "--exit-code"])).code).toBe(0);
  const run = JSON.parse((await project.run(["runs", "show", "--format", "json"])).out) as object;
  expect(run).toMatchObject({ requests: [{ type: "leak", name: "scanner", reason: "seen in a chat" }] });
  expect(await project.read(".keywright/ledger/ledger.jsonl")).toContain("seen in a chat");
  project.watch(leaked);
  expect(await project.leaks()).toEqual([]);
});

test("S2: a leak is known also as a replaced key, and a dead one is nothing to do", async () => {
  const project = await withKeys("scanner");
  const leaked = await secretOf(project, "scanner");
  expect(await project.run(["rotate", "scanner", ...WHY])).toMatchObject({ code: 0 });
  const next = await secretOf(project, "scanner");
  const ended = await leak(project, leaked);
  expect(ended.code).toBe(0);
  expect(ended.out).toContain("Plan: 0 to create, 0 to rotate, 0 to update, 1 to revoke.");
  expect(await secretOf(project, "scanner")).toBe(next);
  const before = await project.read(".keywright/ledger/ledger.jsonl");
  expect(await leak(project, leaked)).toMatchObject({
    code: 0,
    out: "The key lets nobody in any more (revoked): nothing to do.\n",
  });
  const json = await leak(project, leaked, "--format", "json");
  expect(JSON.parse(json.out)).toEqual({ result: "no-change", leak: { found: "dead", why: "revoked" } });
  expect(await project.read(".keywright/ledger/ledger.jsonl")).toBe(before);
  project.watch(leaked);
  expect(await project.leaks()).toEqual([]);
});

test("S2: a key that is not ours, or none at all, is told without a word of it, and nothing changes", async () => {
  const project = await withKeys("scanner");
  const server = await startServer(project);
  const token = await server.token();
  const made = await fetch(`${server.url}/v1/keys`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": "hand",
    },
    body: JSON.stringify({ name: "By hand", roles: [{ type: "default", role: "READ_ONLY" }] }),
  });
  const { id, secret } = (await made.json()) as { readonly id: string; readonly secret: string };
  const before = await liveKeys(project);
  const foreign = await leak(project, secret);
  expect(foreign).toMatchObject({ code: 1, out: "" });
  expect(foreign.err).toContain(`LEAK_FOREIGN  it is key ${id} of the store, which Keywright did not make`);
  const own = await leak(project, token);
  expect(own.code).toBe(1);
  expect(own.err).toContain("the one that Keywright itself runs with");
  for (const input of ["kw_live_garbage", `${secret}\n${secret}`]) {
    expect(await leak(project, input)).toMatchObject({ code: 1, out: "" });
  }
  expect(await liveKeys(project)).toEqual(before);
  expect((await standings(project)).get("scanner")).toEqual(GOOD);
  project.watch(secret);
  const leaks = await project.leaks();
  expect(leaks.filter((each) => !each.startsWith(".keywright/store/admin-token"))).toEqual([]);
});

test("a rotation on demand delivers a new key and leaves the old one its overlap", async () => {
  const project = await withKeys("scanner", "sync");
  const before = await project.secrets();
  const { code, out } = await project.run(["rotate", "scanner", ...WHY]);
  expect(code).toBe(0);
  expect(out).toContain("why: asked for: seen in a chat");
  expect(out).toMatch(
    /stays valid until about .* UTC \(24h overlap\), and the next run after that revokes it/,
  );
  const after = await project.secrets();
  expect(after.get("ci/scanner")).not.toBe(before.get("ci/scanner"));
  expect(after.get("ci/sync")).toBe(before.get("ci/sync"));
  expect((await standings(project)).get("scanner")).toEqual({ live: 2, active: 2, isServed: true });
  for (const value of before.values()) project.watch(value);
  expect(await project.leaks()).toEqual([]);
});

test("a revocation on demand ends a declared key and its value; the next apply mints a new one", async () => {
  const project = await withKeys("scanner", "sync");
  const { code, out } = await project.run(["revoke", "scanner", ...WHY]);
  expect(code).toBe(0);
  expect(out).toContain("ACCESS_ENDS scanner: its consumers lose access at once");
  expect(await namesOf(project)).toEqual(["sync"]);
  expect([...(await project.secrets()).keys()]).toEqual(["ci/sync"]);
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect((await standings(project)).get("scanner")).toEqual(GOOD);
  const [key] = await liveKeys(project);
  expect(await project.run(["revoke", key?.id ?? "", ...WHY])).toMatchObject({ code: 0 });
  expect(await namesOf(project)).toHaveLength(1);
});

test("a protected key is revoked on demand only when it is allowed besides; rotated when it is named", async () => {
  const project = await createProject({
    "keywright.yaml": `${CONFIG}guards: { protectedKeys: [break-glass] }\n`,
    "keys/break-glass.yaml": aKeyManifest("break-glass"),
  });
  await project.run(["apply", "--yes"]);
  const refused = await project.run(["revoke", "break-glass", ...WHY]);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("GUARD_REFUSED  protected-key: break-glass is protected");
  expect(await project.run(["rotate", "break-glass", ...WHY])).toMatchObject({ code: 0 });
  expect(await namesOf(project)).toEqual(["break-glass", "break-glass"]);
  expect(await project.run(["revoke", "break-glass", ...WHY, "--allow", "break-glass"])).toMatchObject({
    code: 0,
  });
  expect(await namesOf(project)).toEqual([]);
});

test("what is asked for can be saved, and is applied when its names are said again", async () => {
  const project = await withKeys("scanner");
  const saved = await project.run(["rotate", "scanner", ...WHY, "--out", "plan.json"]);
  expect(saved.code).toBe(0);
  expect(saved.err).toContain("keywright apply plan.json --allow scanner");
  const refused = await project.run(["apply", "plan.json"]);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("GUARD_REFUSED  the plan answers a request about scanner");
  expect(await namesOf(project)).toEqual(["scanner"]);
  expect(await project.run(["apply", "plan.json", "--allow", "scanner"])).toMatchObject({ code: 0 });
  expect(await namesOf(project)).toEqual(["scanner", "scanner"]);
});
