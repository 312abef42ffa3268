import { KeywrightError } from "../core/error.ts";
import { startGit } from "../git/git-process.ts";
import { MAX_FILE_BYTES, MAX_TOTAL_BYTES } from "./manifest-text.ts";
import type { GitCommit } from "./open-local-repository.ts";
import { WHOLE_FIRST } from "./read-tree.ts";

/** The content of a blob, or `too-large` for what is over 1 MiB. */
export type Blob = Buffer | "too-large";

/** Reads blobs by their ids through one child process; larger ones pass by without being kept. */
export async function readBlobs(
  { git }: GitCommit,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Blob>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const child = startGit(["cat-file", "--batch"], git);
  try {
    child.input.end(`${wanted.join("\n")}\n`);
    return await collectBlobs(createReader(child.output), wanted);
  } finally {
    child.stop();
    await child.ended;
  }
}

async function collectBlobs(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Blob>> {
  const blobs = new Map<string, Blob>();
  let total = 0;
  for (const id of ids) {
    const size = sizeOf(id, await reader.line());
    const blob = size > MAX_FILE_BYTES ? await reader.skip(size) : await reader.take(size);
    await reader.take(1);
    total += blob === "too-large" ? 0 : size;
    if (total > MAX_TOTAL_BYTES) throw unreadable("the manifests are larger than 256 MiB");
    blobs.set(id, blob);
  }
  return blobs;
}

function sizeOf(id: string, header: string): number {
  const match = /^[0-9a-f]+ blob (\d+)$/.exec(header);
  if (!match) throw unreadable(`the object ${id} is missing or broken`);
  return Number(match[1]);
}

const unreadable = (why: string): KeywrightError =>
  new KeywrightError("SOURCE_UNREADABLE", `cannot read files from the repository: ${why}`, {
    hint: `${WHOLE_FIRST}; otherwise run \`git fsck\` there, or clone it anew`,
  });

interface Reader {
  line(): Promise<string>;
  take(bytes: number): Promise<Buffer>;
  skip(bytes: number): Promise<"too-large">;
}

/** Cuts a stream of bytes into lines and lengths. */
function createReader(stream: AsyncIterable<Buffer>): Reader {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { done, value } = await chunks.next();
    if (done) throw unreadable("git ended early");
    return value;
  };
  const take = async (bytes: number): Promise<Buffer> => {
    const parts = [rest];
    let held = rest.length;
    while (held < bytes) {
      const chunk = await more();
      parts.push(chunk);
      held += chunk.length;
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts);
    rest = all.subarray(bytes);
    return all.subarray(0, bytes);
  };
  return {
    take,
    line: async () => {
      while (!rest.includes(10)) rest = Buffer.concat([rest, await more()]);
      const line = await take(rest.indexOf(10) + 1);
      return line.toString("latin1", 0, line.length - 1);
    },
    skip: async (bytes) => {
      let left = bytes;
      for (; left > rest.length; rest = await more()) left -= rest.length;
      rest = rest.subarray(left);
      return "too-large";
    },
  };
}
