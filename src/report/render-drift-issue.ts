/**
 * What the one issue of an instance says: all that stands, by what is known now. Nothing in it changes by itself, so that it
 * is written anew only when something has changed. Security check G10: nothing in a store or a manifest can shape it.
 */

import { DRIFT_CLASSES, type DriftClass } from "../core/drift/finding.ts";
import type { NoticeItem } from "../core/notification.ts";
import type { BoardContent } from "../core/telling/standing.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import { closeComment, closingLength } from "./comment-marker.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { markdownLink } from "./markdown-link.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";
import { plural } from "./plural.ts";
import { DRIFT_HEADINGS } from "./summarize-drift.ts";

export interface IssueContext {
  /** Of `commentMarker`. */
  readonly marker: string;
  /** Of the run that says so; absent: it is in no workflow. */
  readonly runUrl?: string;
}

/** The same for as long as the issue lives. */
export const driftIssueTitle = (instance: string): string => `Keywright: ${instance} is not as declared`;

/** At most 65,536 UTF-16 code units, ending in the marker; cut between rows. */
export function renderDriftIssue(content: BoardContent, { marker, runUrl }: IssueContext): string {
  const end = runUrl === undefined ? "" : `\n${CHANGED_BY} ${markdownLink("this run", runUrl)}.\n`;
  const text = fitSections(
    head(content),
    [runSection(content), ...DRIFT_CLASSES.map((name) => classSection(name, content))],
    MAX_COMMENT_LENGTH - end.length - closingLength(marker),
    (missing) => `\n**Cut to fit.** Not shown: ${missing}. \`keywright drift\` shows all drift.\n`,
  );
  return closeComment(text + end, marker);
}

const CHANGED_BY = "Last changed by";
const CHANGED_LINE = new RegExp(`^${CHANGED_BY} .*$`, "m");

/** Whether two texts of it say the same, whichever run wrote them. */
export const isSameDriftIssue = (one: string, other: string): boolean => essence(one) === essence(other);

const essence = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(CHANGED_LINE, "")
    .replaceAll(/\n{2,}/g, "\n")
    .trimEnd();

function head(content: BoardContent): string {
  const { instance, more } = content;
  const about = `Keywright keeps this issue for the instance ${codeOf(instance)}.`;
  if (isClear(content)) {
    return `**All is as it should be.**\n\n${about} It is opened again when something new is found.\n`;
  }
  const rest =
    more === 0 ? "" : ` There are ${more} more, which \`keywright drift\` and \`keywright plan\` show.`;
  return `**${summary(content)}.**${rest}\n\n${about} It says all that stands, for as long as it stands, and is closed when nothing does. What people write into this text is overwritten with the next change; comments stay.\n`;
}

const isClear = ({ items, more }: BoardContent): boolean => items.length + more === 0;

function summary({ items }: BoardContent): string {
  const drift = items.filter(isDrift);
  const failures = items.length - drift.length;
  const fixable = drift.filter(({ response }) => response === "fix").length;
  const mended = fixable === 0 ? "" : `, of which \`keywright drift --fix\` mends ${fixable}`;
  const parts = [
    ...(drift.length === 0 ? [] : [`${plural(drift.length, "finding")} of drift${mended}`]),
    ...(failures === 0 ? [] : [`${plural(failures, "thing")} that could not be done`]),
  ];
  return parts.join("; ") || "Not as declared";
}

const isDrift = (item: NoticeItem): boolean => item.class !== undefined;

const runSection = ({ items }: BoardContent): Section => ({
  what: "that could not be done",
  before: "\n**Could not be done**\n\n| What | Why | Code |\n| --- | --- | --- |\n",
  items: items
    .filter((item) => !isDrift(item))
    .map((item) => `| ${[subjectOf(item), reasonOf(item, item.message), codeCell(item)].join(" | ")} |\n`),
  after: "",
});

function classSection(name: DriftClass, { items }: BoardContent): Section {
  return {
    what: `of ${name}`,
    before: `\n**${DRIFT_HEADINGS[name]}** (\`${name}\`)\n\n| Mended by | What | Id | Finding |\n| --- | --- | --- | --- |\n`,
    items: items.filter((item) => item.class === name).map(driftRow),
    after: "",
  };
}

function driftRow(item: NoticeItem): string {
  const mendedBy = item.response === "fix" ? "`keywright drift --fix`" : "a person";
  const id = item.id === undefined ? "" : codeOf(item.id);
  return `| ${[mendedBy, subjectOf(item), id, reasonOf(item, shortMessage(item))].join(" | ")} |\n`;
}

/** Without what the row's other cells say. */
function shortMessage({ class: name, name: of, message }: NoticeItem): string {
  const before = [...(name === undefined ? [] : [`${name}: `]), ...(of === undefined ? [] : [`${of}: `])];
  return before.reduce((text, part) => (text.startsWith(part) ? text.slice(part.length) : text), message);
}

function subjectOf({ kind, name }: NoticeItem): string {
  if (name === undefined) return kind === undefined ? "" : proseOf(kind);
  return kind === undefined || kind === "ApiKey" ? codeOf(name) : codeOf(`${kind} ${name}`);
}

const reasonOf = ({ hint }: NoticeItem, message: string): string =>
  [proseOf(message), ...(hint === undefined ? [] : [`hint: ${proseOf(hint)}`])].join("<br>");

const codeCell = ({ code }: NoticeItem): string => (code === undefined ? "" : codeOf(code));

/** What has changed, as a comment on the issue; undefined: nothing that people need to hear of. */
export function renderDriftComment(
  content: BoardContent,
  { runUrl }: Pick<IssueContext, "runUrl">,
): string | undefined {
  const { found, over } = content;
  if (found.length + over.length === 0 && !isClear(content)) return undefined;
  const end = runUrl === undefined ? "" : `\n${markdownLink("The run", runUrl)}\n`;
  const text = fitSections(
    isClear(content) ? "**All is as it should be.**\n" : "",
    [listSection("New", found), listSection("Over", over)],
    LONGEST_COMMENT - end.length,
    (missing) => `\nNot shown: ${missing}.\n`,
  );
  return text + end;
}

/** In UTF-16 code units: people read it in a mail. */
const LONGEST_COMMENT = 8_000;

const listSection = (title: string, items: readonly NoticeItem[]): Section => ({
  what: title === "New" ? "that are new" : "that are over",
  before: `\n**${title}**\n\n`,
  items: items.map(({ message }) => `- ${proseOf(message)}\n`),
  after: "",
});
