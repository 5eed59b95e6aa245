// A store in GitHub's artifacts: one artifact per object, found across the runs of a repository.
import { gitHubTime } from '../../github/repository.ts'
import type { Leftover, Store, StoredObject } from '../../ports/common.ts'
import type { StoreTools } from '../../ports/store.ts'
import { checkPrefix, keySegments } from '../keys.ts'
import { type Connection, connect } from './connection.ts'
import { createObject } from './create.ts'
import { checkReading, checkWriting, refuseEnterpriseServer } from './permit.ts'
import { readArtifact } from './reader.ts'
import { removeObjects } from './removal.ts'
import type { ArtifactSettings } from './settings.ts'
import { openArtifactWriter } from './writer.ts'

/**
 * Opens the store; nothing is asked yet. Reading works wherever the token does, writing only in a step of GitHub
 * Actions. Digests are not confirmed by this store: read the bytes back. Throws a failure of kind usage on GitHub
 * Enterprise Server.
 */
export function openArtifactStore(settings: ArtifactSettings, world: StoreTools): Store {
  refuseEnterpriseServer(settings.github)
  const connection = connect(settings, world)
  let permit: Promise<void> | undefined
  const mayWrite = () => {
    permit ??= checkWriting(connection).catch((error: unknown) => {
      permit = undefined
      throw error
    })
    return permit
  }
  return {
    address: connection.address,
    async check(writing) {
      if (writing) await mayWrite()
      await checkReading(connection)
    },
    async openWriter(key, { estimate, signal } = {}) {
      keySegments(key)
      await mayWrite()
      return openArtifactWriter(connection, key, { estimate, signal })
    },
    async create(key, content) {
      keySegments(key)
      await mayWrite()
      await createObject(connection, key, content)
    },
    async readUnverified(key, { offset = 0, signal } = {}) {
      const [newest] = await connection.versions(key)
      return newest && readArtifact(connection, key, newest, offset, signal)
    },
    list: (prefix) => list(connection, prefix),
    remove: (keys) => removeObjects(connection, keys),
    leftovers: (prefix) => noLeftovers(prefix),
    now: async () => (await gitHubTime(connection.github)) ?? connection.clock.now(),
  }
}

async function* list(connection: Connection, prefix: string): AsyncGenerator<StoredObject> {
  checkPrefix(prefix)
  for (const { key, versions } of await connection.objects(prefix)) {
    const [{ bytes, created }] = versions
    yield { key, bytes, modified: created }
  }
}

/** GitHub shows nobody an upload that broke off, and drops it by itself; what was staged goes with the runner. */
// biome-ignore lint/correctness/useYield: there is nothing to yield, and a bad prefix is told as by other stores.
async function* noLeftovers(prefix: string): AsyncGenerator<Leftover> {
  checkPrefix(prefix)
}
