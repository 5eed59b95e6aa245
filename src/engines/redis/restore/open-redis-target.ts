// A running Redis server or cluster that keys are restored to.
import { Failure } from '../../../domain/failures/failure.ts'
import { addressIds } from '../../../domain/redis/redis-server-ids.ts'
import type { OpenRedisTarget, RedisRestoreRequest } from '../../../ports/redis.ts'
import { displayNode, parseRedisAddress } from '../connection/address.ts'
import { findLayout } from '../connection/layout.ts'
import { checkBackup, checkMode, checkQueues } from './check-contents.ts'
import { checkPart } from './check-part.ts'
import { checkRights } from './check-rights.ts'
import { checkDatabases, checkLargest, checkRoom } from './check-room.ts'
import { checkSlots, checkVersion, checkWritable } from './check-server.ts'
import { planRestore } from './count-keys.ts'
import { type Check, inspect } from './preflight-context.ts'
import { restoreKeys } from './restore-keys.ts'
import { withServers } from './servers.ts'

const checks: readonly Check[] = [
  ...[checkVersion, checkWritable, checkSlots, checkRights, checkDatabases],
  ...[checkRoom, checkLargest, checkBackup, checkPart, checkQueues, checkMode],
]

/** Throws a failure of kind usage for an invalid address. No connection stays open between calls. */
export const openRedisTarget: OpenRedisTarget = async (address) => {
  const parsed = parseRedisAddress(address)
  return {
    display: parsed.display,
    database: parsed.display,
    async serverIds(signal) {
      const { shards } = await findLayout(parsed, { signal })
      const nodes = shards.flatMap(({ node, replicas }) => [node, ...replicas])
      return addressIds([parsed.display, ...nodes.map(displayNode)])
    },
    async preflight(request) {
      requireSense(request)
      return withServers(parsed, request.signal, async (servers) => {
        const look = await inspect(servers, parsed, request)
        const steps = []
        for (const check of checks) steps.push(...(await check(look)))
        return steps
      })
    },
    async plan(request) {
      requireSense(request)
      return planRestore(parsed, request)
    },
    async restore(request) {
      requireSense(request)
      return restoreKeys(parsed, request)
    },
    close: async () => {},
  }
}

function requireSense({ manifest, database, toDatabase }: RedisRestoreRequest): void {
  if (toDatabase !== undefined && database === undefined) {
    throw new Failure('input/conflict', '--to-redis-database needs --redis-database', {
      hint: 'Give the database of the backup with --redis-database N.',
    })
  }
  const there = manifest.fingerprint.databases.map((each) => each.database)
  if (database === undefined || there.includes(database)) return
  throw new Failure('redis/no-matching-keys', `the backup has no keys of database ${database}`, {
    hint: there.length === 0 ? 'The backup has no keys.' : `The backup has keys of database ${there.join(', ')}.`,
  })
}
