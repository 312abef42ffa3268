/** What is published (C4): the package as the release makes it, installed without scripts and without what only development needs. */

import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { containsKey } from "../src/core/key-format.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const manifest = readJson(`${ROOT}package.json`) as Manifest;
const lock = readJson(`${ROOT}package-lock.json`) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked>>;
};
const locked = Object.entries(lock.packages).filter(([path]) => path !== "");
/** What an installed package brings along: by its place in node_modules. */
const shipped = locked.filter(([, { dev, devOptional }]) => !dev && !devOptional);
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

/** npm, and the whole demo: seconds, and many of them where all cores are busy. */
const SLOW = 120_000;

let directory = "";
const release = (): string => join(directory, "release");
const installed = (): string => join(directory, "node_modules", manifest.name);
const files = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );

const run = (command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> =>
  spawnSync(command, args, { cwd, encoding: "utf8", timeout: 60_000 });

const makeRelease = (tag: string, changelog: string): SpawnSyncReturns<string> => {
  const path = join(directory, "CHANGELOG.md");
  writeFileSync(path, changelog);
  const script = join(ROOT, "scripts/release-files.mjs");
  return run(process.execPath, [script, "--tag", tag, "--out", release(), "--changelog", path], directory);
};

const CHANGELOG = `# Changelog\n\n## Unreleased\n\n- next\n\n## ${manifest.version} (2026-11-21)\n\n- this\n\n## 0.0.1\n\n- before\n`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "keywright-package-"));
  const made = makeRelease(`v${manifest.version}`, CHANGELOG);
  if (made.status !== 0) throw new Error(made.stderr);
  mkdirSync(installed(), { recursive: true });
  const tarball = join(release(), `${manifest.name}-${manifest.version}.tgz`);
  run("tar", ["-xzf", tarball, "-C", installed(), "--strip-components=1"], directory);
  for (const [path] of shipped) {
    if (!existsSync(ROOT + path) || path.split("node_modules/").length > 2) continue;
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    symlinkSync(ROOT + path, join(directory, path));
  }
}, SLOW);

afterAll(() => rm(directory, { recursive: true, force: true }));

test(
  "C4: the installed package runs, and needs nothing that only development has",
  () => {
    const [command, target = ""] = Object.entries(manifest.bin)[0] ?? [];
    const bin = join(directory, String(command));
    symlinkSync(join(installed(), target), bin);
    const told = run(bin, ["--version"], directory);
    expect(told).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: "" });
    const demo = run(bin, ["demo"], directory);
    expect(demo).toMatchObject({ status: 0, stderr: "" });
    expect(demo.stdout).toContain("No changes: 3 keys are as declared.");
    const made = /in (\/\S*keywright-demo-\w+)/.exec(demo.stdout)?.[1];
    expect(made).toBeDefined();
    return rm(made ?? "", { recursive: true, force: true });
  },
  SLOW,
);

test("C4: the package holds no test, no source map, no key and nothing of the workshop", () => {
  const packed = files(installed());
  expect(packed.length).toBeGreaterThan(400);
  const tops = new Set(packed.map((name) => name.split("/")[0]));
  expect(tops).toEqual(
    new Set(["CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "examples", "package.json", "schemas"]),
  );
  const foreign =
    /\.(test|fixture|setup|main)\.|\.map$|\.ts$|\.tgz$|\.env$|\.npmrc$|(^|\/)(\.keywright|node_modules)\//;
  expect(packed.filter((name) => foreign.test(name))).toEqual([]);
  const secret =
    /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bAGE-SECRET-KEY-1/;
  const telling = packed.filter((name) => {
    const text = readFileSync(join(installed(), name), "utf8");
    return secret.test(text) || containsKey(text) || text.includes("sourceMappingURL");
  });
  expect(telling).toEqual([]);
});

test("the package has every page of the documentation, every schema and the example that the demo uses", () => {
  const packed = new Set(files(installed()));
  const pages = files(`${ROOT}docs`).filter((name) => name.endsWith(".md"));
  const due = [
    ...pages.map((name) => `docs/${name}`),
    ...files(`${ROOT}schemas`).map((name) => `schemas/${name}`),
    ...files(`${ROOT}examples/quickstart`)
      .filter((name) => !name.startsWith(".keywright"))
      .map((name) => `examples/quickstart/${name}`),
  ];
  expect(due.length).toBeGreaterThan(30);
  expect(due.filter((name) => !packed.has(name))).toEqual([]);
});

const purls = (parts: typeof locked): readonly string[] =>
  [...new Set(parts.map(([path, { version }]) => `pkg:npm/${nameOf(path)}@${version}`))].sort();

test("C4: the SBOM names each package that comes along, and the checksums are those of the files", () => {
  const sbom = `${manifest.name}-${manifest.version}.cdx.json`;
  const bill = readJson(join(release(), sbom)) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly purl: string; readonly name: string } };
    readonly components: readonly { readonly name: string; readonly version: string }[];
  };
  expect(bill.bomFormat).toBe("CycloneDX");
  expect(bill.metadata.component).toMatchObject({
    name: manifest.name,
    purl: `pkg:npm/keywright@${manifest.version}`,
  });
  expect(purls(bill.components.map(({ name, version }) => [`node_modules/${name}`, { version }]))).toEqual(
    purls(shipped),
  );
  const sums = readFileSync(join(release(), "SHA256SUMS"), "utf8").trim().split("\n");
  const expected = [`${manifest.name}-${manifest.version}.tgz`, sbom].map(
    (file) =>
      `${createHash("sha256")
        .update(readFileSync(join(release(), file)))
        .digest("hex")}  ${file}`,
  );
  expect(sums).toEqual(expected);
  expect(readFileSync(join(release(), "NOTES.md"), "utf8")).toBe("- this\n");
});

test.each([
  ["a tag of another version", "v99.0.0", CHANGELOG, /v99\.0\.0 is not that of package\.json's version/],
  [
    "a version without a section in the changelog",
    `v${manifest.version}`,
    "## Unreleased\n\n- next\n",
    /has no section/,
  ],
  [
    "an empty section",
    `v${manifest.version}`,
    `## ${manifest.version}\n\n## 0.0.1\n\n- before\n`,
    /has no section/,
  ],
])("a release is not made for %s", (_name, tag, changelog, told) => {
  const made = makeRelease(tag, changelog);
  expect(made.status).toBe(1);
  expect(made.stderr).toMatch(told);
});

test("C4: the lockfile pins each package by its digest and names no registry", () => {
  expect(lock.lockfileVersion).toBe(3);
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ""))).toEqual(
    [],
  );
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(readFileSync(`${ROOT}package-lock.json`, "utf8")).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/);
});

test("C4: no package's scripts run at an installation, and what is shipped has none", () => {
  expect(readFileSync(`${ROOT}.npmrc`, "utf8").split("\n")).toContain("ignore-scripts=true");
  expect(shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
  const own = (readJson(`${ROOT}package.json`) as { readonly scripts: Readonly<Record<string, string>> })
    .scripts;
  expect(Object.keys(own).filter((name) => /^(pre|post)|^install$|^prepare$/.test(name))).toEqual([]);
});

test("C4: the documentation says how many packages come along", () => {
  const direct = Object.keys(manifest.dependencies).length;
  const all = shipped.filter(([, { optional }]) => !optional).length;
  const text = readFileSync(`${ROOT}docs/security.md`, "utf8").replaceAll(/\s+/g, " ");
  expect(text).toContain(`${direct} packages directly, ${all} in all`);
});
