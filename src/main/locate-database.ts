// Which server a database URL means on this machine: found once for each URL, and warned of where others can read the
// connection.

/**
 * Gives the URL of one server, complete. Every port gets the same one, so that all of a run talks to the same server.
 */
export function databaseLocator(
  environment: Readonly<Record<string, string | undefined>>,
  check: (url: string) => Promise<void>,
): (url: string) => Promise<string> {
  const found = new Map<string, Promise<string>>()
  const locate = async (url: string): Promise<string> => {
    const { resolveConnection } = await import('../engines/postgres/connection/resolve.ts')
    const resolved = await resolveConnection(url, environment)
    await check(resolved)
    return resolved
  }
  return (url) => {
    const known = found.get(url) ?? locate(url)
    found.set(url, known)
    return known
  }
}
