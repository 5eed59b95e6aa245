// Backups of Redis or Valkey, as RDB.
import type { RedisManifest } from '../../domain/manifest.ts'
import { keysOf } from '../../domain/redis/redis-fingerprint.ts'
import type { StoredKind } from '../../operations/kind-ports.ts'

export const redis: StoredKind<RedisManifest> = {
  name: 'redis',
  titles: {
    dump: 'Reading Redis',
    // The RDB is verified while it is read.
    compare: 'Comparing with the last backup',
    drill: 'Comparing keys and queues',
  },
  /** Without expiring keys and without bytes: the size of a cache varies. */
  sizeOf: ({ fingerprint: { databases } }) => ({
    rows: databases.reduce((sum, { keys, expiring }) => sum + keys - expiring, 0),
    bytes: 0,
  }),
  isWhole: ({ dump }) => dump.patterns === undefined && dump.databases === undefined,
  drill: {
    urlVariable: 'REDIS_URL',
    isDatabase: false,
    openScratch: (manifest, { temporary, isolation, signal }, { openRedisScratch }) =>
      openRedisScratch({ manifest, temporary, isolation, signal }),
    counts({ fingerprint }) {
      const { databases, queues } = fingerprint
      return { tables: databases.length, rows: keysOf(fingerprint), queues: queues.length }
    },
  },
}
