// Bundles the GitHub Action into action/index.mjs: one file that needs no node_modules. What the package reads from beside its
// code is put into the bundle; the embedded key store is left out, for the Action refuses it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = process.argv[2] ?? `${root}action/index.mjs`;

/** What `packageFile` is asked for: the schemas without their line breaks, and of package.json what is public of it. */
function packageFiles() {
  const json = (path) => JSON.parse(readFileSync(`${root}${path}`, "utf8"));
  // In an order of their own: the same commit gives the same bundle, wherever it is built.
  const names = readdirSync(`${root}schemas`).sort();
  const schemas = names.map((name) => [`schemas/${name}`, JSON.stringify(json(`schemas/${name}`))]);
  const { name, version } = json("package.json");
  return { ...Object.fromEntries(schemas), "package.json": JSON.stringify({ name, version }) };
}

const inlined = {
  name: "package-files",
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]src[\\/]package-file\.ts$/ }, () => ({
      contents: `const FILES = new Map(Object.entries(${JSON.stringify(packageFiles())}));
        export function packageFile(path) {
          if (!FILES.has(path)) throw new Error("the bundle has no " + path);
          return FILES.get(path);
        }`,
      loader: "js",
    }));
    bundler.onResolve({ filter: /[\\/]open-embedded-store\.ts$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** The licences of all packages that are in it, as comments: those with one text together. */
function licences({ inputs }) {
  const places = Object.keys(inputs).flatMap(
    (path) => /^(.*node_modules\/(@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  const names = new Map();
  for (const place of [...new Set(places)].sort()) {
    const { name, version } = JSON.parse(readFileSync(`${root}${place}/package.json`, "utf8"));
    const text = licenceIn(place);
    names.set(text, [...(names.get(text) ?? []), `${name} ${version}`]);
  }
  const lines = [...names].flatMap(([text, of]) => ["", of.join(", "), "", ...text.split(/\r?\n/)]);
  return ["", "The packages in this file, and their licences.", ...lines]
    .map((line) => `// ${line}`.trimEnd())
    .join("\n");
}

function licenceIn(place) {
  const files = readdirSync(`${root}${place}`)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort();
  if (files.length > 0)
    return files.map((name) => readFileSync(`${root}${place}/${name}`, "utf8").trim()).join("\n\n");
  const { license, author } = JSON.parse(readFileSync(`${root}${place}/package.json`, "utf8"));
  if (!license) throw new Error(`${place} says nothing of its licence`);
  return `${license}, by ${author?.name ?? author ?? "its authors"}`;
}

const { metafile, outputFiles } = await build({
  entryPoints: [`${root}src/action/main.ts`],
  outfile: out,
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  // What runs on Node 24 has to run on the oldest Node of the command line too: the Action is the same code.
  target: "node20.19",
  format: "esm",
  mainFields: ["module", "main"],
  external: ["libsql", "fs-native-extensions", "pg-native"],
  // Packages that are CommonJS ask for parts of Node by `require`.
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      'import { fileURLToPath as __fileURLToPath } from "node:url";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = __fileURLToPath(import.meta.url);",
      'const __dirname = __fileURLToPath(new URL(".", import.meta.url));',
    ].join("\n"),
  },
  legalComments: "eof",
  logLevel: "warning",
  plugins: [inlined],
  metafile: true,
  write: false,
});
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${outputFiles[0].text}${licences(metafile)}\n`);
