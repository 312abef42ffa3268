import type { ManifestFile } from "../core/ports.ts";
import type { BuildContext } from "./build-context.ts";
import { buildDesired, type ManifestsReading } from "./build-desired.ts";
import { DEFAULT_ROTATION } from "./build-rotation.ts";

export const NOW = new Date("2026-11-21T08:00:00Z");

export const aContext = (change: Partial<BuildContext> = {}): BuildContext => ({
  instance: "acme",
  defaults: { rotation: DEFAULT_ROTATION },
  sinks: new Map([
    ["local", { driver: "file", fields: [{ name: "path", isRequired: true, isPath: true }] }],
    [
      "env",
      {
        driver: "file",
        paths: ["ci/*", "app.env"],
        fields: [
          { name: "path", isRequired: true, isPath: true },
          { name: "field", isRequired: true, pattern: /^[A-Z_]+$/, expects: "capital letters" },
        ],
      },
    ],
  ]),
  now: NOW,
  ...change,
});

export interface KeyText {
  readonly name?: string;
  /** Lines of `metadata` besides the name. */
  readonly metadata?: string;
  readonly roles?: string;
  /** Empty: no such line. */
  readonly expires?: string;
  readonly rotation?: string;
  readonly deliverTo?: string;
  /** Further lines of `spec`. */
  readonly spec?: string;
}

/** A manifest with a field on each line: apiVersion 1, kind 2, metadata 3, name 4, spec 5 and so on. */
export function aKey(change: KeyText = {}): string {
  const { name = "scanner", roles = "[READ_ONLY]", expires = "{ after: 90d }" } = change;
  const lines = [
    "apiVersion: keywright/v1",
    "kind: ApiKey",
    "metadata:",
    `  name: ${name}`,
    change.metadata && `  ${change.metadata}`,
    "spec:",
    `  roles: ${roles}`,
    expires && `  expires: ${expires}`,
    change.rotation && `  rotation: ${change.rotation}`,
    `  deliverTo: ${change.deliverTo ?? `[{ sink: local, path: ci/${name} }]`}`,
    change.spec && `  ${change.spec}`,
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

export const aRole = (name = "editor", permissions = "[View, Edit]"): string =>
  `apiVersion: keywright/v1\nkind: Role\nmetadata: { name: ${name} }\nspec: { permissions: ${permissions} }\n`;

export const aPolicy = (spec: string, name = "main"): string =>
  `apiVersion: keywright/v1\nkind: SecurityPolicy\nmetadata: { name: ${name} }\nspec:\n  ${spec}\n`;

export const aFile = (text: string, path = "keys/a.yaml", layer = 0): ManifestFile => ({ path, text, layer });

/** Reads texts as `keys/a.yaml`, `keys/b.yaml` and so on. */
export const readTexts = (texts: readonly string[], context = aContext()): ManifestsReading =>
  buildDesired(
    texts.map((text, index) => aFile(text, `keys/${String.fromCodePoint(97 + index)}.yaml`)),
    context,
  );

/** `keys/a.yaml:4:9 CODE message (hint)` for each issue. */
export const told = ({ issues }: Pick<ManifestsReading, "issues">): readonly string[] =>
  issues.map(({ at, code, message, hint }) => {
    const place = at ? `${at.file}:${at.line}:${at.column} ` : "";
    return `${place}${code} ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });

export const codes = ({ issues }: Pick<ManifestsReading, "issues">): readonly string[] =>
  issues.map(({ code }) => code);
