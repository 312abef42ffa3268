const MOST_CHARACTERS = 80;

/** A native name for a key of an API that has none: the beginning of its comment. */
export function nameFrom(comment: string): string {
  const [line = ""] = comment.trim().split("\n");
  const name = Array.from(line.replaceAll("\t", " ")).slice(0, MOST_CHARACTERS).join("").trim();
  return name === "" ? "Cortex Cloud key" : name;
}
