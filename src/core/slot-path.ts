const MAX_PART_BYTES = 200;

/**
 * The rule that a path below a sink's directory breaks, to follow "it": it stays inside, and has one spelling on
 * every machine. Undefined for a good path, with forward slashes as in `ci/scanner`.
 */
export function slotPathFault(path: string): string | undefined {
  if (path === "") return "is empty";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  if (path.includes("\\")) return "has a backslash";
  if (path.endsWith("/")) return "ends with a slash";
  if (/\p{Cc}/u.test(path)) return "has control characters";
  if (path !== path.normalize("NFC")) return "is not in Unicode's composed form";
  for (const part of path.split("/")) {
    const fault = partFault(part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function partFault(part: string): string | undefined {
  if (part === "") return "has an empty part";
  if (part === "." || part === "..") return `has a part ${part}`;
  if (part.trim() !== part) return "has a space at the end of a part";
  return Buffer.byteLength(part) > MAX_PART_BYTES
    ? `has a part longer than ${MAX_PART_BYTES} bytes`
    : undefined;
}
