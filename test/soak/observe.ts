// Reads the complete state that a command can change.
import { join } from 'node:path'
import { type Contents, readContents } from './checks/contents.ts'
import { abandonedSharedMemory, filesBelow, mountsBelow } from './checks/files.ts'
import { type Keys, otherClients, readKeys } from './checks/redis.ts'
import { type ServerState, serverState } from './checks/server.ts'
import { type Objects, objectsInBucket, objectsInDirectory } from './checks/stores.ts'
import type { Workspace } from './workspace.ts'

export interface Observation {
  /** Files in the temporary and user folders, mounts, shared memory. */
  readonly machine: readonly string[]
  readonly server: ServerState
  /** Contents by database: the live one, those that a restore renamed, and a complete copy. */
  readonly databases: ReadonlyMap<string, Contents>
  readonly keys: Keys
  readonly clients: readonly string[]
  readonly directory: Objects
  readonly bucket: Objects
}

/**
 * Reads everything; `memory` names the shared memory that the command used, `bucket` whether the round uses the bucket.
 */
export async function observe(workspace: Workspace, memory: readonly string[], bucket: boolean): Promise<Observation> {
  const { environment, store, prefix } = workspace
  const server = await serverState(environment.server)
  const databases = new Map<string, Contents>()
  for (const { name, role } of server.databases) {
    const isRead = name === 'shop' || name === 'copy' || role === 'before' || role === 'undone'
    if (!isRead) continue
    databases.set(
      name,
      await readContents(environment.server, name).catch((error: unknown) => new Map([['error', String(error)]])),
    )
  }
  return {
    machine: localLeftovers(workspace, memory),
    ...{ server, databases, keys: await readKeys(environment.redis), clients: await otherClients(environment.redis) },
    directory: objectsInDirectory(store),
    bucket: bucket ? await objectsInBucket(environment.s3, environment.bucket, prefix) : new Map(),
  }
}

/** Returns files in the temporary and user folders, mounts below the round's folder, and abandoned shared memory. */
export function localLeftovers({ folder, temporary }: Workspace, memory: readonly string[]): string[] {
  return [
    ...filesBelow(temporary).map((path) => `temporary ${path}`),
    ...filesBelow(join(folder, 'home')).map((path) => `home ${path}`),
    ...filesBelow(join(folder, 'work')).flatMap((path) => (path === 'out.rdb' ? [] : [`work ${path}`])),
    ...mountsBelow(folder).map((path) => `mount ${path}`),
    ...abandonedSharedMemory(memory).map((name) => `shared-memory ${name}`),
  ]
}
