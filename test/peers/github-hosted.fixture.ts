/** One repository of our GitHub with all that people do in it; tests act for people through it. */

import type { Clock } from "../../src/core/ports.ts";
import { wholeSeconds } from "./github-accounts.fixture.ts";
import { GitHubChecks } from "./github-checks.fixture.ts";
import { BareRepository } from "./github-git.fixture.ts";
import { GitHubIssues } from "./github-issues.fixture.ts";
import type { GitHubPeople } from "./github-people.fixture.ts";
import { GitHubPulls } from "./github-pulls.fixture.ts";

export type CollaboratorRole = "admin" | "write" | "read" | "none";

export interface HostOptions {
  /** The path of a bare repository. Absent: it has no branches, and no pull requests. */
  readonly git?: string;
  /** Default: main. */
  readonly defaultBranch?: string;
  readonly environments?: readonly string[];
  readonly collaborators?: Readonly<Record<string, CollaboratorRole>>;
}

export class HostedRepository {
  /** owner/name */
  readonly name: string;
  readonly defaultBranch: string;
  readonly git: BareRepository;
  /** As GitHub tells times. */
  readonly now: () => string;
  readonly issues: GitHubIssues;
  readonly pulls: GitHubPulls;
  readonly checks: GitHubChecks;
  /** By names in small letters. Who is not in it may read. */
  readonly collaborators: Map<string, CollaboratorRole>;

  constructor(name: string, options: HostOptions, people: GitHubPeople, clock: Clock) {
    const { git = "/nonexistent", defaultBranch = "main", collaborators = { "octo-cat": "admin" } } = options;
    const now = (): string => wholeSeconds(clock.now().getTime());
    this.now = now;
    const person = people.of.bind(people);
    this.name = name;
    this.defaultBranch = defaultBranch;
    this.git = new BareRepository(git);
    this.collaborators = new Map(
      Object.entries(collaborators).map(([login, role]) => [login.toLowerCase(), role]),
    );
    this.issues = new GitHubIssues(now, person);
    this.checks = new GitHubChecks(now, person);
    const { issues } = this;
    this.pulls = new GitHubPulls({ name, git: this.git, issues, person, now, defaultBranch });
  }
}
