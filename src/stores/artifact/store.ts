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
 * Opens the store; sends no request yet. Reading works wherever the token is valid, writing only in a step of GitHub
 * Actions. This store does not confirm digests: read the bytes back. Throws a failure of kind usage on GitHub
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

/** GitHub does not list interrupted uploads, and removes them itself. Staged files are removed with the runner. */
// biome-ignore lint/correctness/useYield: there is nothing to yield, but an invalid prefix throws as in other stores.
async function* noLeftovers(prefix: string): AsyncGenerator<Leftover> {
  checkPrefix(prefix)
}
