/** What a pull request showed before it was merged. */
export interface ReviewedPlan {
  /** The number of the pull request. */
  readonly pull: number;
  /** The commit that it was shown for: 40 hex digits. */
  readonly headSha: string;
  readonly changesDigest: string;
  /** `reviewLines`; undefined: there were too many of them to be kept. */
  readonly lines: readonly string[] | undefined;
}
