/** Does the work for all entries, a few at a time: polite to the server, and enough to hide the round trips. */
export async function inParallel<T, R>(entries: T[], work: (entry: T) => Promise<R>, width = 8): Promise<R[]> {
  const results: R[] = []
  const queue = entries.entries()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, entry] of queue) results[index] = await work(entry)
    }),
  )
  return results
}
