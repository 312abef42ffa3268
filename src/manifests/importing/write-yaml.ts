/** A manifest as YAML that our own strict reader takes, whatever stands in its values. */

import { Document, isCollection, isScalar, visit } from "yaml";
import type { ManifestKind } from "../manifest.ts";
import { API_VERSION } from "../manifest.ts";

export interface WrittenManifest {
  readonly kind: ManifestKind;
  readonly metadata: object;
  readonly spec: object;
}

/** `head` and `tail`: comments, a line each; they are one line each already. Ends in a line end. */
export function writeYaml(
  { kind, metadata, spec }: WrittenManifest,
  head: readonly string[],
  tail: readonly string[] = [],
): string {
  const document = new Document({ apiVersion: API_VERSION, kind, metadata, spec });
  visit(document, {
    Pair: (_, { key, value }) => {
      // What is short reads better in one line.
      if (isScalar(key) && isCollection(value) && FLOW.has(String(key.value))) value.flow = true;
    },
    Scalar: (_, node) => {
      // Quotes leave no text to be taken for anything else.
      if (typeof node.value === "string" && !PLAIN.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  const body = document.toString({
    lineWidth: 0,
    doubleQuotedAsJSON: true,
    doubleQuotedMinMultiLineLength: Infinity,
  });
  return [...head.map(comment), body.trimEnd(), ...tail.map((line) => `  ${comment(line)}`), ""].join("\n");
}

const FLOW: ReadonlySet<string> = new Set(["expires", "adopt", "roles"]);
/** Words of which the writer itself knows when they need quotes. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9 ()._/:@+-]*$/;

const comment = (line: string): string => (line === "" ? "#" : `# ${line}`);
