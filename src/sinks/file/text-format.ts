/** How one value lies in a file's text. */

export interface TextFormat {
  /** The value; undefined when the field is missing or empty. SINK_UNUSABLE, about `path`, when it cannot be told. */
  get(text: string, field: string, path: string): string | undefined;
  /** The text with the value in it and all else as it was; `text` is empty for a new file. */
  set(text: string, field: string, value: string, path: string): string;
  /** The text without the field; empty: nothing is left. */
  unset(text: string, field: string, path: string): string;
}

/** The file is the value: no newline is added, none is taken away. */
export const rawFormat: TextFormat = {
  get: (text) => text || undefined,
  set: (_text, _field, value) => value,
  unset: () => "",
};
