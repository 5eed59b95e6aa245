// Deletes artifacts, with as few requests as possible for the number of keys.
import { deleteArtifact, type ListedArtifact } from '../../github/artifacts.ts'
import type { Removal } from '../../ports/common.ts'
import { keySegments } from '../keys.ts'
import type { Connection } from './connection.ts'

/** From this number of keys on, one listing of all artifacts is cheaper than a request per key. */
const listFrom = 10

/** Deletes all trusted artifacts of the keys. Yields in the given order. */
export async function* removeObjects(connection: Connection, keys: readonly string[]): AsyncGenerator<Removal> {
  for (const key of keys) keySegments(key)
  const listed = keys.length < listFrom ? undefined : await everything(connection)
  for (const key of keys) {
    const versions = listed ? (listed.get(key) ?? []) : await connection.versions(key)
    for (const { id, name } of versions) await deleteArtifact(connection.github, id, name)
    yield { key, outcome: 'removed' }
  }
}

async function everything(connection: Connection): Promise<Map<string, readonly ListedArtifact[]>> {
  return new Map((await connection.objects('')).map(({ key, versions }) => [key, versions]))
}
