/** Runs `work` while nobody else in this process is at work on `path`: writers of one secret do not race each other. */
export type PathTurns = <T>(path: string, work: () => Promise<T>) => Promise<T>;

export function createPathTurns(): PathTurns {
  const turns = new Map<string, Promise<unknown>>();
  return async (path, work) => {
    const result = (turns.get(path) ?? Promise.resolve()).then(work);
    const turn = result.catch(() => undefined);
    turns.set(path, turn);
    try {
      return await result;
    } finally {
      if (turns.get(path) === turn) turns.delete(path);
    }
  };
}
