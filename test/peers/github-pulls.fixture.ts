/** Pull requests of a repository of our GitHub, over the branches of its bare repository, and the reviews of them. */

import type { BareRepository } from "./github-git.fixture.ts";
import type { GitHubIssues } from "./github-issues.fixture.ts";
import type { ToldPerson } from "./github-people.fixture.ts";

export interface NewPull {
  /** A branch: of the repository, or of `headRepository`. */
  readonly head: string;
  readonly base?: string;
  readonly author?: string;
  readonly title?: string;
  readonly body?: string;
  readonly labels?: readonly string[];
  /** owner/name of a fork. */
  readonly headRepository?: string;
  /** Of a fork's branch: its commit, which the bare repository has to hold. */
  readonly headSha?: string;
}

export interface PullState {
  readonly number: number;
  readonly head: string;
  readonly headRepository: string;
  readonly base: string;
  /** The last one that was seen. */
  headSha: string;
  /** Of the base branch at the merge. */
  baseSha: string | undefined;
  mergedAt: string | null;
  mergeCommit: string | null;
}

export type ReviewVerdict = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

export interface ReviewState {
  readonly id: number;
  readonly pull: number;
  readonly user: ToldPerson | null;
  state: ReviewVerdict;
  readonly commit: string;
  readonly at: string;
}

export interface PullParts {
  readonly name: string;
  readonly git: BareRepository;
  readonly issues: GitHubIssues;
  readonly person: (login: string) => ToldPerson;
  readonly now: () => string;
  readonly defaultBranch: string;
}

export class GitHubPulls {
  readonly #parts: PullParts;
  readonly #pulls = new Map<number, PullState>();
  readonly #reviews: ReviewState[] = [];

  constructor(parts: PullParts) {
    this.#parts = parts;
  }

  /** In the order of their making, each as its branch is now. */
  all(): readonly PullState[] {
    return [...this.#pulls.keys()].map((number) => this.get(number));
  }

  /** Throws where there is none. */
  get(number: number): PullState {
    const found = this.find(number);
    if (!found) throw new Error(`there is no pull request ${number}`);
    return found;
  }

  /** With the commit that its branch is at now; of one that is closed, that it was at last. */
  find(number: number): PullState | undefined {
    const pull = this.#pulls.get(number);
    if (!pull) return undefined;
    const { name, git, issues } = this.#parts;
    const isFollowed = pull.headRepository === name && issues.get(number).state === "open";
    const tip = isFollowed ? git.tip(pull.head) : undefined;
    if (tip !== undefined && tip !== pull.headSha) this.#move(pull, tip);
    return pull;
  }

  /** The number of the new one. Throws where its branches are none. */
  open(options: NewPull): number {
    const { name, git, issues, defaultBranch } = this.#parts;
    const { head, base = defaultBranch, author = "octo-cat", headRepository = name } = options;
    const headSha = options.headSha ?? git.tip(head);
    if (headSha === undefined || git.tip(base) === undefined) throw new Error(`no branch ${head} or ${base}`);
    const { title = `Merge ${head}`, body = "", labels = [] } = options;
    const { number } = issues.open({ title, body, labels, isPull: true }, author);
    const pull = { number, head, headRepository, base, headSha, baseSha: undefined };
    this.#pulls.set(number, { ...pull, mergedAt: null, mergeCommit: null });
    this.#move(this.get(number), headSha);
    return number;
  }

  /** Of a fork: as if it was pushed to. */
  push(number: number, headSha: string): void {
    this.#move(this.get(number), headSha);
  }

  label(number: number, ...names: readonly string[]): void {
    this.#parts.issues.label(number, ...names);
  }

  close(number: number): void {
    this.find(number);
    this.#parts.issues.change(number, "closed");
  }

  /** Really merges; the id of the commit that the base branch is at then. Throws where there is a conflict. */
  merge(number: number, { method = "merge", by = "octo-cat" }: MergeOptions = {}): string {
    const { git, now, issues } = this.#parts;
    const pull = this.get(number);
    const { base, headSha } = pull;
    const { title } = issues.get(number);
    const message =
      method === "merge" ? `Merge pull request #${number}\n\n${title}` : `${title} (#${number})`;
    const baseSha = git.tip(base);
    const made = git.merge({ base, headSha, method, message, author: by });
    Object.assign(pull, { baseSha, mergeCommit: made, mergedAt: now() });
    issues.change(number, "closed");
    return made;
  }

  /** In the order of their making. `user`: null of who is gone. */
  review(number: number, user: string | null, state: ReviewVerdict, commit?: string): ReviewState {
    const { person, now } = this.#parts;
    const review = {
      id: 80_000 + this.#reviews.length,
      pull: number,
      user: user === null ? null : person(user),
      state,
      commit: commit ?? this.get(number).headSha,
      at: now(),
    };
    this.#reviews.push(review);
    return review;
  }

  reviews(number: number): readonly ReviewState[] {
    return this.#reviews.filter(({ pull }) => pull === number);
  }

  /** As GitHub tells it: the merged ones of what is on the default branch, the open ones of what is not. */
  withCommit(sha: string): readonly PullState[] {
    const { git, defaultBranch } = this.#parts;
    const isMerged = git.isAncestor(sha, `refs/heads/${defaultBranch}`);
    return this.all().filter((pull) => {
      if (isMerged !== (pull.mergedAt !== null)) return false;
      const base = pull.baseSha ?? git.tip(pull.base) ?? "";
      return pull.mergeCommit === sha || git.between(base, pull.headSha).includes(sha);
    });
  }

  #move(pull: PullState, headSha: string): void {
    pull.headSha = headSha;
    this.#parts.git.pointTo(`refs/pull/${pull.number}/head`, headSha);
  }
}

export interface MergeOptions {
  readonly method?: "merge" | "squash";
  readonly by?: string;
}
