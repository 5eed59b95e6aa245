// Resolves each database URL once to a server, and checks it for warnings about connections that others can read.

/**
 * Returns a function that completes the URL of one server. All ports get the same URL, so a run uses only one server.
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
