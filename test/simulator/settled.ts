// Waits for all promises, even if one rejects, so that no work continues after a test.

/** Like Promise.all, but rejects only when all have ended. */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(promises)
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
}
