/** Answers of GitHub's that hold for a run, by what was asked. What failed is asked again. */
export class AskOnce<T> {
  readonly #answers = new Map<string, Promise<T>>();

  of(name: string, ask: () => Promise<T>): Promise<T> {
    return this.#answers.get(name) ?? this.anew(name, ask);
  }

  anew(name: string, ask: () => Promise<T>): Promise<T> {
    const answer = ask();
    this.#answers.set(name, answer);
    answer.catch(() => this.#answers.get(name) === answer && this.#answers.delete(name));
    return answer;
  }
}
