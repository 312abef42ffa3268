const MARK = /\p{M}/gu;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/gu;

/** Columns that printable text takes on a terminal: marks none, East Asian letters and emoji two, others one. */
export const displayWidth = (text: string): number =>
  Array.from(text.replace(MARK, "").replace(WIDE, "  ")).length;
