/**
 * `text` for a workflow's log, with the runner deaf to commands inside it (security check G11). `token` ends
 * the deafness: at least 16 letters and digits, from a CSPRNG, new for each text. Throws for a token that is
 * too short or stands in the text.
 */
export function stopCommands(text: string, token: string): string {
  if (!/^[0-9A-Za-z]{16,}$/.test(token) || text.includes(token)) {
    throw new Error("the token must be 16 or more letters and digits that the text does not hold");
  }
  return `::stop-commands::${token}\n${text}${text.endsWith("\n") ? "" : "\n"}::${token}::\n`;
}
