/** The slots of a `github-actions` sink: what manifests write, and which addresses of the API that means. */

import type { Slot } from "../../core/desired.ts";
import { KeywrightError } from "../../core/error.ts";
import type { SlotField } from "../../core/slot-field.ts";
import type { Holder } from "../../http/github/app-token.ts";

/**
 * GitHub tells capitals from small letters in none of these, and a slot has one spelling, so that two keys cannot share it
 * unseen: names of secrets as GitHub stores them, all others in small letters.
 */
const PATTERNS = {
  repository: /^[a-z0-9][a-z0-9_-]{0,38}\/(?!\.{1,2}$)[a-z0-9._-]{1,100}$/,
  organization: /^[a-z0-9][a-z0-9_-]{0,38}$/,
  environment: /^(?!\.{1,2}$)(?! )[^\p{Lu}\p{C}]{1,255}(?<! )$/u,
  app: /^dependabot$/,
  secret: /^(?!GITHUB_)[A-Z_][A-Z0-9_]{0,254}$/,
} as const;

type FieldName = keyof typeof PATTERNS;

const EXPECTS: Readonly<Record<FieldName, string>> = {
  repository: "owner/name in small letters",
  organization: "the name of an organisation in small letters",
  environment: "the name of an environment in small letters, of 1 to 255 characters",
  app: "dependabot, or left out for GitHub Actions",
  secret:
    "1 to 255 capital letters, digits and _, as GitHub stores it, and begin neither with a digit nor with GITHUB_",
};

export interface AllowedHolders {
  /** Globs: the only repositories that manifests may use. */
  readonly repositories?: readonly string[];
  /** The same for organisations. Where one of the two is named and the other is not, that has none. */
  readonly organizations?: readonly string[];
}

export function describeGitHubSlot({ repositories, organizations }: AllowedHolders): readonly SlotField[] {
  const isLimited = repositories !== undefined || organizations !== undefined;
  const allowed = (globs: readonly string[] = []): Pick<SlotField, "allowed"> =>
    isLimited ? { allowed: globs } : {};
  return [
    { ...field("repository"), isRequired: true, alternative: "organization", ...allowed(repositories) },
    { ...field("organization"), ...allowed(organizations) },
    { ...field("environment"), notBeside: ["organization", "app"] },
    field("app"),
    { ...field("secret"), isRequired: true },
  ];
}

const field = (name: FieldName): SlotField => ({
  name,
  isRequired: false,
  pattern: PATTERNS[name],
  expects: EXPECTS[name],
});

/** One secret of GitHub's. */
export interface GitHubPlace {
  readonly holder: Holder;
  /** Of a repository or an environment of it; else of the organisation. */
  readonly repository?: string;
  readonly organization?: string;
  readonly environment?: string;
  readonly secret: string;
  /** For messages. */
  readonly what: string;
  /** Addresses, without the prefix of the API. */
  readonly publicKeyPath: string;
  readonly secretPath: string;
}

/** Checked here too: what stands in the path of a URL must not lead elsewhere. Throws SINK_UNUSABLE. */
export function placeOf(slot: Slot): GitHubPlace {
  const { sink, ...fields } = slot;
  const faults = Object.entries(fields).filter(([name, value]) => !isFit(name, value));
  const { repository, organization, environment, app, secret } = fields;
  const isWhole = (repository === undefined) !== (organization === undefined) && secret !== undefined;
  const isPlain = environment === undefined || (repository !== undefined && app === undefined);
  if (faults.length > 0 || !isWhole || !isPlain || secret === undefined) throw noPlace(sink);
  const holder: Holder = repository === undefined ? `/orgs/${organization}` : repositoryPath(repository);
  const scope = `${holder}${environment === undefined ? "" : `/environments/${encodeURIComponent(environment)}`}`;
  const secrets = `${scope}/${environment === undefined ? `${app ?? "actions"}/` : ""}secrets`;
  return {
    holder,
    ...(repository !== undefined && { repository }),
    ...(organization !== undefined && { organization }),
    ...(environment !== undefined && { environment }),
    secret,
    what: [app ?? "Actions", "secret", secret, "of", repository ?? organization, environment]
      .filter(Boolean)
      .join(" "),
    publicKeyPath: `${secrets}/public-key`,
    secretPath: `${secrets}/${secret}`,
  };
}

/** `repository`: owner/name. */
export const repositoryPath = (repository: string): `/repos/${string}/${string}` => {
  const [owner = "", name = ""] = repository.split("/");
  return `/repos/${owner}/${name}`;
};

const isFit = (name: string, value: string): boolean =>
  Object.hasOwn(PATTERNS, name) && PATTERNS[name as FieldName].test(value);

const noPlace = (sink: string): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", `A slot of sink ${sink} names no secret of GitHub's.`, {
    hint: "write { sink: …, repository: acme/scanner, secret: CORTEX_TOKEN }",
  });
