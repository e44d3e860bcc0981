/** `run`, whose failures stay here: a page never hears of them. */
export const safe =
  <A extends any[]>(run: (...given: A) => unknown) =>
  (...given: A): void => {
    try {
      run(...given);
    } catch {
      // Ours, or the business of whoever gave us the callback.
    }
  };
