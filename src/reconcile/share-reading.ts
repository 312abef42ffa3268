/** One reading for all who ask while another is under way: each answer was begun after its question. */
export function shareReading<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    running = read().finally(() => {
      running = undefined;
    });
    return running;
  };
  const afterRunning = async (): Promise<T> => {
    await running?.catch(() => undefined);
    next = undefined;
    return begin();
  };
  return () => {
    if (!running) return begin();
    next ??= afterRunning();
    return next;
  };
}
