import { KeywrightError } from "../core/error.ts";
import { listNames } from "./list-names.ts";

/** Throws SOURCE_REF_UNKNOWN for what is no plain name of a branch, a tag or a commit (security check G13). */
export function checkRefName(ref: string, shown: string): void {
  const isPlain =
    ref !== "" &&
    !/^[-/.]|[\s~^:?*[\\]|\p{Cc}|\.\.|@\{|\/\/|\.lock$|\/$/u.test(ref) &&
    Buffer.byteLength(ref) <= 255;
  if (isPlain) return;
  throw new KeywrightError(
    "SOURCE_REF_UNKNOWN",
    `${JSON.stringify(ref)} is no name of a branch, a tag or a commit in ${shown}`,
    {
      hint: "name it plainly, such as main, v1.2.0 or 3f2a91c",
    },
  );
}

export function unknownRef(ref: string, shown: string, known: readonly string[]): KeywrightError {
  const hint =
    known.length > 0 ? `there is ${listNames(known)}` : "it has neither branches nor tags: is it empty?";
  return new KeywrightError(
    "SOURCE_REF_UNKNOWN",
    `${shown} has no branch, tag or commit ${JSON.stringify(ref)}`,
    { hint },
  );
}

export const ambiguousRef = (ref: string, shown: string): KeywrightError =>
  new KeywrightError(
    "SOURCE_REF_UNKNOWN",
    `in ${shown} both a branch and a tag are named ${JSON.stringify(ref)}`,
    {
      hint: `say which: refs/heads/${ref} or refs/tags/${ref}`,
    },
  );

export const noCommits = (shown: string): KeywrightError =>
  new KeywrightError("SOURCE_REF_UNKNOWN", `${shown} has no commit to read`, {
    hint: "commit the manifests first, or name a branch",
  });

export const isCommitId = (ref: string): boolean => /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref);

/** Seven digits is what git itself shows at least. */
export const isAbbreviatedCommit = (ref: string): boolean => /^[0-9a-f]{7,64}$/.test(ref);
