import { renderSpan } from "../core/duration.ts";
import type { KeyStanding, KeyState, SinkStanding } from "../core/status.ts";
import type { StatusReport } from "../core/status-report.ts";
import { instantMs } from "./instant-ms.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderRelative } from "./relative-time.ts";
import { renderInstant } from "./render-instant.ts";
import { renderJson } from "./render-json.ts";
import { renderStatusNotes } from "./render-status-notes.ts";
import { type Cell, columnWidths, GAP, renderTable } from "./render-table.ts";
import { createStyle, type Paint, type Style } from "./style.ts";
import { wrapWords } from "./wrap-words.ts";

export interface RenderStatusOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
  readonly now: Date;
  /** Columns of the terminal, into which sinks are wrapped; absent: as long as they are. */
  readonly width?: number;
}

const HEADER = ["NAME", "STATE", "ROLES", "AGE", "EXPIRES", "ROTATES", "LAST4", "SINKS"];
const NONE: Cell = { text: "-" };
const HELD: Partial<Record<KeyState, Cell>> = { adopted: { text: "held elsewhere" } };

/** A table with a key a row, further sinks and retiring keys below it, then who looks after them; ends in a line end. */
export function renderStatus(report: StatusReport, options: RenderStatusOptions): string {
  if (options.format === "json") return renderJson(report);
  const about = renderStatusNotes(report, createStyle(options.colors), options.now);
  const lines = [...keyLines(report.keys, options), ...about];
  return `${lines.join("\n")}\n`;
}

function keyLines(
  standings: readonly KeyStanding[],
  { colors, now, width = Infinity }: RenderStatusOptions,
): readonly string[] {
  if (standings.length === 0) return ["No keys"];
  const style = createStyle(colors);
  const rows = standings.map((standing) => rowsOf(standing, style, now));
  const room = roomForSinks(rows.flat(), width);
  const blocks = standings.map((standing, index) => ({
    rows: (rows[index] ?? []).flatMap((row) => wrapped(row, room)),
    notes: [...retiringLines(standing, style, now), ...breachLines(standing, style)],
  }));
  const table = renderTable(
    HEADER,
    blocks.flatMap(({ rows }) => rows),
    style,
  );
  // Notes stand between the table's lines, so that their length widens no column.
  let end = 1;
  const body = blocks.flatMap(({ rows, notes }) => [...table.slice(end, (end += rows.length)), ...notes]);
  return [...table.slice(0, 1), ...body, "", countLine(standings)];
}

function rowsOf(standing: KeyStanding, style: Style, now: Date): readonly (readonly Cell[])[] {
  const { name, state, roles, createdAt, last4, sinks } = standing;
  const [first = HELD[state] ?? NONE, ...others] = sinks.map((sink) => sinkCell(sink, style, now));
  const row = [
    { text: printable(name), paint: style.strong },
    { text: state, paint: paintOfState(state, style) },
    { text: printable(roles.join(", ") || "-") },
    { text: ageText(createdAt, now) },
    { text: expiryText(standing, now) },
    { text: rotationText(standing, now) },
    { text: last4 === undefined ? "-" : printable(last4) },
    first,
  ];
  return [row, ...others.map((cell) => [...NOTHING_BEFORE, cell])];
}

const NOTHING_BEFORE = HEADER.slice(1).map((): Cell => ({ text: "" }));
/** Below this, a line that is too long is easier to read. */
const LEAST_ROOM = 30;

function roomForSinks(rows: readonly (readonly Cell[])[], width: number): number {
  const before = columnWidths([HEADER.slice(0, -1).map((text) => ({ text })), ...rows]);
  return Math.max(
    LEAST_ROOM,
    before.reduce((left, each) => left - each - GAP, width),
  );
}

/** Further lines of a sink, below its first, are indented. */
function wrapped(row: readonly Cell[], room: number): readonly (readonly Cell[])[] {
  const { text, paint } = row.at(-1) ?? NONE;
  const [first = "", ...others] = wrapWords(text, room);
  const cellOf = (line: string): Cell => ({ text: line, ...(paint && { paint }) });
  return [
    [...row.slice(0, -1), cellOf(first)],
    ...others.map((line) => [...NOTHING_BEFORE, cellOf(`  ${line}`)]),
  ];
}

const retiringLines = ({ retires }: KeyStanding, style: Style, now: Date): readonly string[] =>
  retires.map(({ id, at }) => {
    const until = `valid until ${renderInstant(at)}, ${renderRelative(at, now)}`;
    return `  ${style.faint(`replaced key ${printable(id)}: ${until}`)}`;
  });

const breachLines = ({ breaches }: KeyStanding, { warn }: Style): readonly string[] =>
  breaches.map(({ id, message }) => `  ${warn(`not compliant: ${printable(id)} ${printable(message)}`)}`);

function sinkCell(sink: SinkStanding, { good, bad, warn }: Style, now: Date): Cell {
  const { slot, state, generation, writtenAt } = sink;
  const facts = [
    state,
    ...(generation === undefined ? [] : [`generation ${generation}`]),
    ...(writtenAt === undefined ? [] : [`written ${renderRelative(writtenAt, now)}`]),
  ];
  return {
    text: `${printable(slot)} (${facts.join(", ")})`,
    paint: { good, empty: bad, stale: bad, unknown: warn }[state],
  };
}

function ageText(createdAt: string | undefined, now: Date): string {
  const ms = createdAt === undefined ? NaN : now.getTime() - instantMs(createdAt);
  return Number.isNaN(ms) ? "-" : renderSpan(ms);
}

function expiryText({ id, expiresAt }: KeyStanding, now: Date): string {
  if (expiresAt !== undefined) return renderRelative(expiresAt, now);
  return id === undefined ? "-" : "never";
}

/** A rotation that is due is for the next run, however long ago it fell due. */
function rotationText({ rotatesAt }: KeyStanding, now: Date): string {
  if (rotatesAt === undefined) return "-";
  return instantMs(rotatesAt) <= now.getTime() ? "due now" : renderRelative(rotatesAt, now);
}

function paintOfState(state: KeyState, { good, bad, warn }: Style): Paint {
  const paints = {
    active: good,
    adopted: good,
    unadopted: warn,
    blocked: bad,
    overlapping: good,
    expired: bad,
    missing: warn,
    unfinished: warn,
    undeclared: warn,
  } as const;
  return paints[state];
}

function countLine(standings: readonly KeyStanding[]): string {
  const states = [...new Set(standings.map(({ state }) => state))].sort();
  const parts = states.map((state) => `${standings.filter((each) => each.state === state).length} ${state}`);
  return `${plural(standings.length, "key")}: ${parts.join(", ")}`;
}
