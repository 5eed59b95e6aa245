// The steps to load an RDB into a server, in order.
import { basename } from 'node:path'
import type { RedisManifest } from '../../../domain/manifest/manifest.ts'
import { installedNames, productName } from '../../../domain/redis/products.ts'
import { readersOf } from '../../../domain/redis/rdb-versions.ts'
import { keysOf, openJobs } from '../../../domain/redis/redis-fingerprint.ts'
import { plural } from '../../../domain/text/plural.ts'

/** Returns complete sentences, one or more per step. */
export function nextSteps(manifest: RedisManifest, files: readonly string[]): string[] {
  const { server, dump, fingerprint } = manifest
  const cluster = server.mode === 'cluster'
  const rdb = Math.max(...dump.shards.map(({ rdbVersion }) => rdbVersion))
  const waiting = fingerprint.queues.filter((queue) => !queue.paused && openJobs(queue) > 0)
  const expiring = fingerprint.databases.some((database) => database.expiring > 0)
  const name = productName(server.engine)
  const { server: program, cli, user, config } = installedNames(server.engine)
  const start = `sudo -u ${user} ${program} ${config} --appendonly no --daemonize yes --supervised no`
  return [
    `Stop ${cluster ? 'every node of the cluster' : name} (systemctl stop ${program}). The server must be ${readersOf(rdb)}.`,
    ...(waiting.length === 0
      ? []
      : [
          `Stop the workers of BullMQ as well: in this file ${plural(waiting.length, 'queue')} with open jobs ${waiting.length === 1 ? 'is' : 'are'} not paused, and workers take jobs as soon as ${name} runs.`,
        ]),
    `In the folder dir of ${basename(config)}, move away the old RDB (dbfilename, dump.rdb), appendonlydir and appendonly.aof, if they exist. If its append-only file is on, ${name} ignores the RDB.`,
    ...(cluster ? clusterSteps(manifest, files) : [`Copy ${files[0]} into that folder, with the name in dbfilename.`]),
    `Make the user of ${name} the owner of each copied file (chown ${user}:${user}, chmod 640).`,
    `Start ${name} as its usual user with the append-only file off, even if ${basename(config)} turns it on: ${start}.`,
    `Check INFO keyspace: ${plural(keysOf(fingerprint), 'key')} ${keysOf(fingerprint) === 1 ? 'was' : 'were'} backed up${expiring ? ', some of which may have expired' : ''}.`,
    `To turn the append-only file on: CONFIG SET appendonly yes, wait until INFO persistence shows aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok, then CONFIG REWRITE (or write appendonly yes into ${basename(config)}). Only then stop ${name} (${cli} SHUTDOWN) and start it as usual.`,
  ]
}

function clusterSteps({ dump, payloads }: RedisManifest, files: readonly string[]): string[] {
  const places = dump.shards.map(({ file, slots, address }) => {
    const at = payloads.findIndex((payload) => payload.file === file)
    return `${files[at] ?? file} to the master of the slots ${slots ?? '?'} (it was ${address})`
  })
  return [
    `Copy each file to the node that serves the same slots, with the name in its dbfilename: ${places.join('; ')}. A node does not serve keys of other slots. If the slots have been moved since the backup, restore into the running cluster (without --to-file).`,
  ]
}
