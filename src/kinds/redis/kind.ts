// Backups of Redis or Valkey, as RDB.

import type { BackupKind } from '../../commands/world.ts'
import type { RedisManifest } from '../../domain/manifest/manifest.ts'
import { keysOf } from '../../domain/redis/redis-fingerprint.ts'
import { redisServerIds } from '../../domain/redis/redis-server-ids.ts'
import { backUpRedisTo, checkBackup } from './backup.ts'
import { backupInputs } from './backup-inputs.ts'
import { redisReport } from './report.ts'
import { checkRestore, runRestore } from './restore.ts'
import { restoreInputs } from './restore-inputs.ts'

export const redis: BackupKind<RedisManifest> = {
  name: 'redis',
  report: redisReport,
  backup: {
    summary: 'Back up Redis or Valkey as RDB',
    inputs: backupInputs,
    main: 'redis',
    check: checkBackup,
    run: async (stores, values: Parameters<typeof backUpRedisTo>[1], world) => ({
      ...(await backUpRedisTo(stores, values, world)),
      companions: [],
    }),
  },
  restore: {
    summary: 'Restore keys into a running Redis, or write an RDB file for a stopped one',
    inputs: restoreInputs,
    check: checkRestore,
    run: runRestore,
  },
  titles: {
    dump: 'Reading Redis',
    // The RDB is verified while it is read.
    compare: 'Comparing with the last backup',
    drill: 'Comparing keys and queues',
  },
  /** Without expiring keys and without bytes, because the size of a cache varies. */
  sizeOf: ({ fingerprint: { databases } }) => ({
    rows: databases.reduce((sum, { keys, expiring }) => sum + keys - expiring, 0),
    bytes: 0,
  }),
  serverIds: redisServerIds,
  isWhole: ({ dump }) => dump.patterns === undefined && dump.databases === undefined,
  drill: {
    summary: 'Drill a backup of Redis: load it into a scratch server and compare every key',
    inputs: {},
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
