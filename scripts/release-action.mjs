// Publishes the Action: a commit that holds just `action.yml`, its bundle and the licence, on no branch, under two tags:
// `action-v1.2.3`, which never moves, and `v1`, which moves to it unless a newer release of that major version has it.
// Its dates are those of the commit it was built from, so building again gives the same commit, and anybody can compare.
//   node scripts/release-action.mjs --tag v1.2.3 --remote origin
// Prints `sha=…` for $GITHUB_OUTPUT. Running it again does nothing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    tag: { type: "string" },
    remote: { type: "string", default: "origin" },
    /** A checkout of the released commit, with the bundle built. */
    directory: { type: "string", default: "." },
  },
});
const directory = resolve(values.directory);
const FILES = ["LICENSE", "action.yml", "action/index.mjs"];
const WHO = { NAME: "Keywright", EMAIL: "keywright@localhost" };

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function main() {
  const release = parseVersion(values.tag ?? "", "v");
  if (!release) throw new Error(`--tag ${values.tag ?? ""} is no release such as v1.2.3`);
  const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  if (values.tag !== `v${version}`)
    throw new Error(`The tag ${values.tag} is not that of package.json's version ${version}.`);
  if (
    !/^\s*main:\s*["']?action\/index\.mjs["']?\s*$/m.test(readFileSync(join(directory, "action.yml"), "utf8"))
  ) {
    throw new Error("action.yml does not run action/index.mjs");
  }
  const sha = commit(`Action of ${values.tag}`);
  publish(sha, release);
  console.log(`sha=${sha}`);
}

/** Without touching index or work tree. */
function commit(message) {
  const scratch = mkdtempSync(join(tmpdir(), "keywright-action-"));
  try {
    const index = { GIT_INDEX_FILE: join(scratch, "index") };
    for (const file of FILES) {
      const blob = git(["hash-object", "-w", "--no-filters", "--", file]);
      git(["update-index", "--add", "--cacheinfo", `100644,${blob},${file}`], index);
    }
    const date = git(["show", "--no-patch", "--format=%cI", "HEAD"]);
    const people = ["AUTHOR", "COMMITTER"].flatMap((role) => [
      [`GIT_${role}_NAME`, WHO.NAME],
      [`GIT_${role}_EMAIL`, WHO.EMAIL],
      [`GIT_${role}_DATE`, date],
    ]);
    const body = `Built from ${git(["rev-parse", "HEAD"])}.`;
    return git(
      ["commit-tree", git(["write-tree"], index), "-m", message, "-m", body],
      Object.fromEntries(people),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function publish(sha, release) {
  const [own, major] = [`action-v${release.join(".")}`, `v${release[0]}`];
  const there = readTags();
  const before = there.get(own);
  if (before !== undefined && before !== sha) {
    throw new Error(
      `${own} is there already, as ${before}, and this is ${sha}: a release never changes. Make a new version.`,
    );
  }
  const others = [...there.keys()].flatMap((tag) => {
    const other = parseVersion(tag, "action-v");
    return other ? [other] : [];
  });
  const isNewest = others.every((other) => other[0] !== release[0] || compare(other, release) <= 0);
  const wanted = [
    ...(before ? [] : [`${sha}:refs/tags/${own}`]),
    ...(isNewest && there.get(major) !== sha ? [`${sha}:refs/tags/${major}`] : []),
  ];
  // Together or not at all, and only if the moving tag is where it was.
  if (wanted.length > 0) {
    git([
      "push",
      "--quiet",
      "--atomic",
      `--force-with-lease=refs/tags/${major}:${there.get(major) ?? ""}`,
      "--",
      values.remote,
      ...wanted,
    ]);
  }
  console.error(`${own} is ${sha}; ${major} ${isNewest ? "too" : "stays at a newer release"}`);
}

/** Of the remote, by name. */
function readTags() {
  const lines = git(["ls-remote", "--tags", "--refs", "--", values.remote]).split("\n").filter(Boolean);
  return new Map(
    lines.map((line) => line.split("\t")).map(([sha, ref]) => [ref.replace("refs/tags/", ""), sha]),
  );
}

function parseVersion(text, prefix) {
  if (!text.startsWith(prefix)) return undefined;
  const [, ...parts] = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(text.slice(prefix.length)) ?? [];
  return parts.length === 3 ? parts.map(Number) : undefined;
}

function compare(a, b) {
  return a.map((part, index) => part - b[index]).find((difference) => difference !== 0) ?? 0;
}

function git(args, environment = {}) {
  const { status, stdout, stderr } = spawnSync("git", args, {
    cwd: directory,
    env: { ...process.env, ...environment },
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${stderr.trim()}`);
  return stdout.trim();
}
