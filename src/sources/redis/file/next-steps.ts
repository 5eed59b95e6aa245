// What somebody does with an RDB, in order.
import type { RedisManifest } from '../../../domain/manifest.ts'
import { plural } from '../../../domain/plural.ts'
import { readersOf } from '../../../domain/redis/rdb-versions.ts'
import { keysOf, openJobs } from '../../../domain/redis/redis-print.ts'

/** Whole sentences. */
export function nextSteps(manifest: RedisManifest, files: readonly string[]): string[] {
  const { server, dump, fingerprint } = manifest
  const cluster = server.mode === 'cluster'
  const rdb = Math.max(...dump.shards.map(({ rdbVersion }) => rdbVersion))
  const waiting = fingerprint.queues.filter((queue) => !queue.paused && openJobs(queue) > 0)
  const expiring = fingerprint.databases.some((database) => database.expiring > 0)
  return [
    `Stop ${cluster ? 'every node of the cluster' : 'Redis'} (systemctl stop redis-server). It must be ${readersOf(rdb)}.`,
    ...(waiting.length === 0
      ? []
      : [
          `Stop the workers of BullMQ as well: in this file ${plural(waiting.length, 'queue')} with open jobs ${waiting.length === 1 ? 'is' : 'are'} not paused, and jobs run as soon as Redis does.`,
        ]),
    'In the folder that redis.conf calls dir, move the old RDB (dbfilename, dump.rdb) and, if they are there, appendonlydir and appendonly.aof aside: a Redis with its append-only file on ignores the RDB.',
    ...(cluster ? clusterSteps(manifest, files) : [`Copy ${files[0]} into that folder under the name that dbfilename says.`]),
    'Give it to the user that Redis runs as (chown redis:redis, chmod 640).',
    'Start Redis with the append-only file off, even if redis.conf has it on, as the user that it always runs as: sudo -u redis redis-server /etc/redis/redis.conf --appendonly no --daemonize yes --supervised no.',
    `Look at INFO keyspace: ${plural(keysOf(fingerprint), 'key')} ${keysOf(fingerprint) === 1 ? 'was' : 'were'} backed up${expiring ? ', less those whose time to live is over' : ''}.`,
    'If the append-only file is to be on: CONFIG SET appendonly yes, wait until INFO persistence says aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok, then CONFIG REWRITE (or write appendonly yes into redis.conf). Only then stop it (redis-cli SHUTDOWN) and start Redis as usual again.',
  ]
}

function clusterSteps({ dump, payloads }: RedisManifest, files: readonly string[]): string[] {
  const places = dump.shards.map(({ file, slots, address }) => {
    const at = payloads.findIndex((payload) => payload.file === file)
    return `${files[at] ?? file} to the master of the slots ${slots ?? '?'} (it was ${address})`
  })
  return [
    `Copy each file to the node that serves the same slots, under the name that its dbfilename says: ${places.join('; ')}. A node does not serve keys of slots that are not its own: if the slots are shared otherwise by now, restore into the running cluster instead (without --to-file).`,
  ]
}
