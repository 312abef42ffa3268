// What a release consists of, into one directory: the package, its SBOM, its notes and the checksums. It refuses a tag that is
// not this version's, and a version that the changelog does not tell of. `dist` has to be built.
//   node scripts/release-files.mjs --tag v1.2.3 --out release
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    tag: { type: "string" },
    out: { type: "string" },
    changelog: { type: "string", default: join(root, "CHANGELOG.md") },
  },
});
const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function main() {
  if (!values.tag || !values.out) throw new Error("usage: release-files.mjs --tag v1.2.3 --out DIRECTORY");
  if (values.tag !== `v${version}`) {
    throw new Error(
      `The tag ${values.tag} is not that of package.json's version ${version}: change the one or the other.`,
    );
  }
  const notes = notesOf(readFileSync(values.changelog, "utf8"));
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--pack-destination", out));
  const sbom = `${name}-${version}.cdx.json`;
  writeFileSync(join(out, sbom), billOfMaterials());
  writeFileSync(
    join(out, "SHA256SUMS"),
    [filename, sbom].map((file) => `${digest(join(out, file))}  ${file}\n`).join(""),
  );
  writeFileSync(join(out, "NOTES.md"), notes);
  for (const file of [filename, sbom, "SHA256SUMS", "NOTES.md"]) console.log(file);
}

/** The changelog's section of this version. */
function notesOf(changelog) {
  const [, section = ""] = changelog.split(new RegExp(`^## ${version.replaceAll(".", "\\.")}(?: .*)?$`, "m"));
  const text = section.split(/^## /m)[0].trim();
  if (text === "")
    throw new Error(
      `CHANGELOG.md has no section "## ${version}": write it from what stands under "Unreleased".`,
    );
  return `${text}\n`;
}

/**
 * CycloneDX, of what an installed package brings along. `npm sbom --omit dev` leaves out packages that both need, `yaml` for
 * one; so it is asked for all, and what only development needs is taken out here. npm calls the package by its directory.
 */
function billOfMaterials() {
  const bill = JSON.parse(npm("sbom", "--sbom-format", "cyclonedx", "--package-lock-only"));
  bill.metadata.component.name = name;
  bill.components = bill.components.filter(isShipped);
  const refs = new Set(
    [bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]),
  );
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function isShipped({ properties = [] }) {
  return !properties.some((each) => each.name === "cdx:npm:package:development" && each.value === "true");
}

function digest(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function npm(...args) {
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`npm ${args[0]} failed: ${stderr}`);
  return stdout;
}
