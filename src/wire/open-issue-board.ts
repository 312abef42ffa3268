/** A notice board on GitHub: what it says is rendered here, where it stands is up to `github/`. */

import { shorten, redactSecrets } from "../core/redact.ts";
import type { NoticeBoard } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { type ClosableRepository, createIssueBoard } from "../github/issue-board.ts";
import { commentMarker } from "../report/comment-marker.ts";
import {
  driftIssueTitle,
  isSameDriftIssue,
  renderDriftComment,
  renderDriftIssue,
} from "../report/render-drift-issue.ts";

export interface IssueBoardSettings extends Pick<NoticeBoard, "name" | "events"> {
  readonly labels: readonly string[];
  readonly instance: string;
  /** Of the run that says so; absent: it is in no workflow. */
  readonly runUrl?: string | undefined;
  /** Opened when there is something to show. `onSecret` hears of what GitHub is asked with. */
  readonly open: (onSecret: (secret: Secret) => void) => Promise<ClosableRepository>;
}

export function openIssueBoard(settings: IssueBoardSettings): NoticeBoard {
  const { instance, runUrl, open, ...board } = settings;
  const secrets: Secret[] = [];
  const marker = commentMarker("drift", instance);
  const context = { marker, ...(runUrl !== undefined && { runUrl }) };
  return createIssueBoard({
    ...board,
    open: () => open((secret) => void secrets.push(secret)),
    redact: (text) => shorten(redactSecrets(text, secrets)),
    render: (content) => ({
      marker,
      title: driftIssueTitle(instance),
      body: renderDriftIssue(content, context),
      comment: renderDriftComment(content, context),
      isSame: isSameDriftIssue,
    }),
  });
}
