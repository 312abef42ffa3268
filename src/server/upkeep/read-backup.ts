import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { KeywrightError } from "../../core/error.ts";
import { TABLE_KEYS } from "../database/table-keys.ts";
import {
  type BackupHeader,
  type BackupTrailer,
  type TableColumns,
  type Value,
  damaged,
  parseColumns,
  parseHeader,
  parseRow,
  parseTrailer,
} from "./backup-format.ts";

const LONGEST_TRAILER_BYTES = 64 * 1024;
const LONGEST_LINE_CHARACTERS = 16 * 1024 * 1024;

export interface BackupRow extends TableColumns {
  readonly values: readonly Value[];
}

export interface Backup {
  readonly header: BackupHeader;
  readonly trailer: BackupTrailer;
  /** Every row, from the beginning; throws INPUT_INVALID at the end unless all is as the trailer says. */
  rows(): AsyncGenerator<BackupRow>;
  close(): Promise<void>;
}

/** Opens a backup whose end is whole. Throws USAGE when it cannot be read, INPUT_INVALID when it is none. */
export async function openBackup(path: string): Promise<Backup> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    const header = parseHeader(await readFirstLine(handle));
    const { line, start } = await readLastLine(handle, size);
    const trailer = parseTrailer(line);
    return {
      header,
      trailer,
      rows: () => readRows(handle, start, trailer),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown";
    throw new KeywrightError("USAGE", `The backup ${path} cannot be read: ${reason}`, {
      hint: "Name a file that `keywright store backup` has written.",
      cause,
    });
  }
}

async function readFirstLine(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_TRAILER_BYTES), 0, undefined, 0);
  return buffer.subarray(0, bytesRead).toString().split("\n", 1)[0] ?? "";
}

async function readLastLine(
  handle: FileHandle,
  size: number,
): Promise<{ readonly line: string; readonly start: number }> {
  const from = Math.max(0, size - LONGEST_TRAILER_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, undefined, from);
  const tail = buffer.subarray(0, bytesRead);
  if (tail.at(-1) !== 0x0a) throw damaged("its end: it was cut off");
  const at = tail.lastIndexOf(0x0a, -2) + 1;
  return { line: tail.subarray(at).toString(), start: from + at };
}

async function* readRows(
  handle: FileHandle,
  end: number,
  { rows, sha256 }: BackupTrailer,
): AsyncGenerator<BackupRow> {
  const counts = new Map<string, number>();
  const hash = createHash("sha256");
  let columns: TableColumns | undefined;
  let isFirst = true;
  for await (const line of linesOf(handle, end, (bytes) => hash.update(bytes))) {
    if (isFirst) isFirst = false;
    else if (line.startsWith("{")) columns = parseColumns(line);
    else {
      if (!columns) throw damaged("its beginning");
      counts.set(columns.table, (counts.get(columns.table) ?? 0) + 1);
      yield { ...columns, values: parseRow(line, columns) };
    }
  }
  if (hash.digest("hex") !== sha256) throw damaged("some of its bytes: the checksum does not match");
  const isComplete = Object.keys(TABLE_KEYS).every(
    (table) => (counts.get(table) ?? 0) === (rows[table] ?? 0),
  );
  if (!isComplete) throw damaged("the number of its rows");
}

async function* linesOf(
  handle: FileHandle,
  end: number,
  note: (bytes: Uint8Array) => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  const chunks = handle.createReadStream({ start: 0, end: end - 1, autoClose: false });
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    note(chunk);
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE_CHARACTERS) throw damaged("a line that does not end");
    yield* lines;
  }
  if (rest !== "") throw damaged("its last row");
}
