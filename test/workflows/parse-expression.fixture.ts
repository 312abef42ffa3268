/** GitHub's expressions, as in `${{ … }}` and `if:`, parsed: enough to say what each reads and on what it depends. */

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  /** `github.event.action` or `matrix['node']`; a part that is computed is `?`. */
  | { readonly kind: "path"; readonly parts: readonly string[]; readonly computed: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|(0x[0-9a-fA-F]+|-?\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_-]*)|(&&|\|\||==|!=|<=|>=|[<>!()[\].,*]))/y;

/** From the loosest to the tightest. */
const LEVELS = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">="]] as const;

interface Tokens {
  next(): string | undefined;
  take(): string;
  expect(token: string): void;
}

/** Throws an Error that says what is wrong. */
export function parseExpression(text: string): Expression {
  const tokens = readTokens(text);
  const parsed = parseLevel(tokens, 0);
  if (tokens.next() !== undefined) throw new Error(`"${text}": "${tokens.next()}" is one too many`);
  return parsed;
}

function readTokens(text: string): Tokens {
  const all: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw new Error(`"${text}": nothing can be made of what stands at ${at}`);
    all.push(found[0].trim());
  }
  let at = 0;
  const take = (): string => {
    const token = all[at];
    if (token === undefined) throw new Error(`"${text}" ends too early`);
    at += 1;
    return token;
  };
  return {
    next: () => all[at],
    take,
    expect: (token) => {
      const found = take();
      if (found !== token) throw new Error(`"${text}": "${found}" where "${token}" is due`);
    },
  };
}

function parseLevel(tokens: Tokens, level: number): Expression {
  const operators: readonly string[] | undefined = LEVELS[level];
  if (!operators) return parseUnary(tokens);
  let left = parseLevel(tokens, level + 1);
  while (operators.includes(tokens.next() ?? "")) {
    const operator = tokens.take();
    left = { kind: "binary", operator, left, right: parseLevel(tokens, level + 1) };
  }
  return left;
}

function parseUnary(tokens: Tokens): Expression {
  const token = tokens.take();
  if (token === "!") return { kind: "not", of: parseUnary(tokens) };
  if (token === "(") {
    const inner = parseLevel(tokens, 0);
    tokens.expect(")");
    return inner;
  }
  if (token.startsWith("'")) return { kind: "literal", value: token.slice(1, -1).replaceAll("''", "'") };
  if (/^-?\d/.test(token)) return { kind: "literal", value: Number(token) };
  if (token === "true" || token === "false") return { kind: "literal", value: token === "true" };
  if (token === "null") return { kind: "literal", value: null };
  if (!/^[A-Za-z_]/.test(token)) throw new Error(`"${token}" where a value is due`);
  return tokens.next() === "(" ? parseCall(token, tokens) : parsePath(token, tokens);
}

function parseCall(name: string, tokens: Tokens): Expression {
  tokens.expect("(");
  const args: Expression[] = [];
  while (tokens.next() !== ")") {
    if (args.length > 0) tokens.expect(",");
    args.push(parseLevel(tokens, 0));
  }
  tokens.expect(")");
  return { kind: "call", name, args };
}

function parsePath(root: string, tokens: Tokens): Expression {
  const parts = [root];
  const computed: Expression[] = [];
  for (;;) {
    if (tokens.next() === ".") {
      tokens.take();
      parts.push(tokens.take());
    } else if (tokens.next() === "[") {
      tokens.take();
      const index = parseLevel(tokens, 0);
      tokens.expect("]");
      parts.push(index.kind === "literal" ? String(index.value) : "?");
      if (index.kind !== "literal") computed.push(index);
    } else {
      return { kind: "path", parts, computed };
    }
  }
}

/** Every path and every call in it. */
export function readsOf(expression: Expression): readonly (Expression & { kind: "path" | "call" })[] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "path":
      return [expression, ...expression.computed.flatMap(readsOf)];
    case "call":
      return [expression, ...expression.args.flatMap(readsOf)];
    case "not":
      return readsOf(expression.of);
    case "binary":
      return [...readsOf(expression.left), ...readsOf(expression.right)];
  }
}

/** What all has to be true for the whole to be: the parts that `&&` joins. */
export const conjunctsOf = (expression: Expression): readonly Expression[] =>
  expression.kind === "binary" && expression.operator === "&&"
    ? [...conjunctsOf(expression.left), ...conjunctsOf(expression.right)]
    : [expression];

/** A comparison of two paths, in either order. */
export const isComparison = (expression: Expression, ...paths: readonly [string, string]): boolean =>
  expression.kind === "binary" &&
  expression.operator === "==" &&
  [expression.left, expression.right]
    .map((side) => (side.kind === "path" ? side.parts.join(".") : ""))
    .sort()
    .join(" ") === [...paths].sort().join(" ");
