// Waiting for all of several things, also when one of them goes wrong: nothing runs on behind the back of a test.

/** Like Promise.all, but rejects only when everything has ended. */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(promises)
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
}
