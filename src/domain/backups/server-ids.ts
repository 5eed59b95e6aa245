// IDs of the server that a backup is of: they tell whether two servers are the same.

/**
 * Whether two lists of IDs are of different servers: they have no ID in common. An empty list means that the server is
 * not known; it does not differ from any other.
 */
export function areDifferentServers(one: readonly string[], other: readonly string[]): boolean {
  return one.length > 0 && other.length > 0 && !one.some((id) => other.includes(id))
}
