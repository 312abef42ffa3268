/**
 * Secrets as files. A value of format raw is the whole file, without a newline at its end, as `$(cat file)` and
 * a mounted Kubernetes secret have it; with age recipients that file is encrypted (armored). A dotenv or json
 * file holds one field for each slot, and whatever else people keep in it.
 */

import { dirname, join, resolve } from "node:path";
import type { Slot } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { Clock, SecretSink, SinkEntry, SinkInspection, Stage, Stamp } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { contentVersion } from "./file/content-version.ts";
import { dotenvFormat } from "./file/dotenv-format.ts";
import { createFileTurns, type FileTurns } from "./file/file-turns.ts";
import { jsonFormat } from "./file/json-format.ts";
import { createSafeDirectories, type SafeDirectories } from "./file/safe-directory.ts";
import { parsePending, renderPending } from "./file/pending-text.ts";
import { isSafeFile, readSafeFile, removeSafeFile, replaceSafeFile } from "./file/safe-file.ts";
import { unusable, withSinkFaults } from "./file/sink-fault.ts";
import {
  FIELD_PATTERN,
  LOCK_FILE,
  pendingPathOf,
  placeOf,
  RESERVED_PATH,
  type FileFormat,
} from "./file/slot-place.ts";
import { openAgeCodec, plainCodec, type TextCodec } from "./file/text-codec.ts";
import { rawFormat, type TextFormat } from "./file/text-format.ts";
import type { SlotField } from "../core/slot-field.ts";

const MAX_BYTES = 1024 * 1024;

export interface FileSinkOptions {
  readonly directory: string;
  /** Default: raw. */
  readonly format?: FileFormat;
  /** age public keys to encrypt for; format raw only. */
  readonly recipients?: readonly string[];
  /** An age identity of one of the recipients; without it an encrypted sink cannot be read. */
  readonly identityFile?: string;
  readonly clock: Clock;
}

/** What the slots of such a sink are made of: nothing else may stand in them. */
export function describeFileSlot({ format = "raw" }: Pick<FileSinkOptions, "format">): readonly SlotField[] {
  const path: SlotField = { name: "path", isRequired: true, isPath: true, reserved: RESERVED_PATH };
  const expects = "a name of letters, digits and _ that starts with no digit";
  const field: SlotField = { name: "field", isRequired: true, pattern: FIELD_PATTERN, expects };
  return format === "raw" ? [path] : [path, field];
}

/** What is encrypted can be read with an identity only. */
export const isReadableFileSink = ({
  recipients = [],
  identityFile,
}: Omit<FileSinkOptions, "clock">): boolean => recipients.length === 0 || identityFile !== undefined;

/** SINK_UNUSABLE for options that do not go together. The directory is looked at and made later, when it is used. */
export async function createFileSink(options: FileSinkOptions): Promise<SecretSink> {
  const { format = "raw", recipients = [], identityFile } = options;
  if (recipients.length > 0 && format !== "raw") {
    throw unusable(
      `a ${format} file cannot be encrypted for recipients`,
      "use format raw, or leave out `recipients`",
    );
  }
  if (recipients.length === 0 && identityFile !== undefined) {
    throw unusable(
      "an identityFile without recipients encrypts nothing",
      "name `recipients`, or leave it out",
    );
  }
  const codec = recipients.length > 0 ? await openAgeCodec(recipients, identityFile) : plainCodec;
  return new FileSink(options, format, codec);
}

const FORMATS: Readonly<Record<FileFormat, TextFormat>> = {
  raw: rawFormat,
  dotenv: dotenvFormat,
  json: jsonFormat,
};

class FileSink implements SecretSink {
  readonly capabilities;
  readonly #root: string;
  readonly #formatName: FileFormat;
  readonly #format: TextFormat;
  readonly #codec: TextCodec;
  readonly #clock: Clock;
  readonly #directories: SafeDirectories;
  readonly #turns: FileTurns;

  constructor(options: FileSinkOptions, format: FileFormat, codec: TextCodec) {
    const readable = codec.decode !== undefined;
    this.capabilities = { readable, inspectable: !readable, maxBytes: MAX_BYTES };
    this.#root = resolve(options.directory);
    this.#formatName = format;
    this.#format = FORMATS[format];
    this.#codec = codec;
    this.#clock = options.clock;
    this.#directories = createSafeDirectories(this.#root);
    this.#turns = createFileTurns(join(this.#root, LOCK_FILE));
  }

  async read(slot: Slot, stage: Stage): Promise<SinkEntry | undefined> {
    this.#refuseBlind();
    const { path, field } = this.#place(slot, stage);
    return withSinkFaults(path, async () => {
      if (!(await this.#directories.isThere(dirname(path)))) return undefined;
      return this.#entryIn(await this.#readText(path), stage, field, path);
    });
  }

  async inspect(slot: Slot): Promise<SinkInspection | undefined> {
    if (!this.capabilities.inspectable) {
      throw unusable(`${this.#root} can be read, so it is not inspected`, "read it");
    }
    const { path } = this.#place(slot, "current");
    return withSinkFaults(path, async () => {
      if (!(await this.#directories.isThere(dirname(path)))) return undefined;
      const content = await readSafeFile(path);
      return content && { version: contentVersion(content) };
    });
  }

  async write(slot: Slot, stage: Stage, secret: Secret, stamp: Stamp, expected?: string | null) {
    if (stage === "pending") this.#refuseBlind();
    const { path, field } = this.#place(slot, stage);
    const value = secret.reveal();
    if (value === "" || Buffer.byteLength(value) > MAX_BYTES) {
      throw unusable(
        `the value for ${path} is empty or longer than ${MAX_BYTES} bytes`,
        "a file sink takes 1 byte to 1 MiB",
      );
    }
    const written = await withSinkFaults(path, async () => {
      await this.#directories.make(dirname(path));
      return this.#turns(path, async () => {
        const before = await this.#textBefore(path, expected);
        if (expected !== undefined) this.#compare(expected, before, stage, field, path);
        const after =
          stage === "pending" ? renderPending(value, stamp) : this.#format.set(before, field, value, path);
        const content = await this.#codec.encode(after);
        await replaceSafeFile(path, content);
        return content;
      });
    });
    const { generation, fingerprint } = stamp;
    const receipt = { slot, generation, fingerprint, at: this.#clock.now().toISOString() };
    return this.capabilities.inspectable ? { ...receipt, version: contentVersion(written) } : receipt;
  }

  async remove(slot: Slot, stage: Stage): Promise<void> {
    const { path, field } = this.#place(slot, stage);
    await withSinkFaults(path, async () => {
      if (!(await this.#directories.isThere(dirname(path))) || !(await isSafeFile(path))) return;
      await this.#turns(path, async () => {
        const isWhole = stage === "pending" || this.#formatName === "raw";
        const before = isWhole ? "" : await this.#readText(path);
        const after = isWhole ? "" : this.#format.unset(before, field, path);
        if (after === "") await removeSafeFile(path);
        else if (after !== before) await replaceSafeFile(path, await this.#codec.encode(after));
      });
    });
  }

  async probe(slot: Slot): Promise<void> {
    const { path, field } = this.#place(slot, "current");
    try {
      await withSinkFaults(path, async () => {
        await this.#directories.probe(dirname(path));
        if (!(await this.#directories.isThere(dirname(path))) || !(await isSafeFile(path))) return;
        if (this.#formatName !== "raw") this.#format.set(await this.#readText(path), field, "probe", path);
      });
    } catch (error) {
      throw asUnusable(error);
    }
  }

  #place(slot: Slot, stage: Stage): { readonly path: string; readonly field: string } {
    const place = placeOf(this.#root, this.#formatName, slot);
    return stage === "pending" ? { path: pendingPathOf(this.#root, slot), field: "" } : place;
  }

  /** What a write must know of the file: its text, unless format raw replaces it anyway. */
  async #textBefore(path: string, expected: string | null | undefined): Promise<string> {
    if (this.capabilities.readable)
      return this.#formatName === "raw" && expected === undefined ? "" : this.#readText(path);
    if (expected !== undefined && expected !== null) this.#refuseBlind();
    return (await isSafeFile(path)) ? "encrypted" : "";
  }

  /** Empty when there is no such file. */
  async #readText(path: string): Promise<string> {
    const content = await readSafeFile(path);
    if (!content || content.length === 0) return "";
    return (await this.#codec.decode?.(content, path)) ?? "";
  }

  #compare(expected: string | null, text: string, stage: Stage, field: string, path: string): void {
    const found = this.#entryIn(text, stage, field, path);
    if ((found ? fingerprintOf(found.secret) : null) === expected) return;
    const wanted =
      expected === null ? "is not empty" : found ? "holds another value than expected" : "is empty";
    throw new KeywrightError("SINK_CONFLICT", `${field ? `${field} in ` : ""}${path} ${wanted}`, {
      hint: "somebody else wrote it meanwhile: plan and apply again",
    });
  }

  #entryIn(text: string, stage: Stage, field: string, path: string): SinkEntry | undefined {
    if (stage === "pending") return text === "" ? undefined : parsePending(text, path);
    const value = this.#format.get(text, field, path);
    return value === undefined ? undefined : { secret: Secret.of(value) };
  }

  #refuseBlind(): void {
    if (this.capabilities.readable) return;
    const hint = "give the sink an identityFile, or treat it as write-only";
    throw unusable(`${this.#root} is encrypted and there is no identity to read it with`, hint);
  }
}

/** A probe tells what a write would run into: whatever that is, the sink cannot be used now. */
const asUnusable = (error: unknown): unknown =>
  error instanceof KeywrightError && error.code === "SINK_WRITE_FAILED"
    ? unusable(error.message, error.hint ?? "", error)
    : error;
