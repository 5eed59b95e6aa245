// The IDs of a Redis server or cluster: its addresses.
import { isLoopback } from '../loopback.ts'
import type { RedisDumpFacts, RedisServerFacts } from './redis-facts.ts'

/**
 * Redis has no lasting ID of its own. `run_id` changes with each restart. The replication ID changes with a restart and
 * with a failover, and a server that loads the RDB of another one takes its ID. So the addresses identify a server:
 * the address of the backup (`host:port`, or the master's name at Sentinel), then those of the nodes that were read.
 * Any of them identifies it, because each node of a cluster is an address of the cluster. All names of this machine are
 * equal. Two servers behind equal addresses, such as two masters named `mymaster`, or two machines with a server at
 * `localhost:6379`, cannot be distinguished. A backup whose manifest has no `server.address` returns an empty list.
 */
export function redisServerIds({ server, dump }: { server: RedisServerFacts; dump: RedisDumpFacts }): string[] {
  if (server.address === undefined) return []
  return addressIds([server.address, ...dump.shards.map(({ address }) => address)])
}

/** Returns the IDs of a server from its addresses; `display` of the port first. */
export function addressIds(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map(idOf))]
}

function idOf(address: string): string {
  const [, host = address, port = ''] = /^(.*)(:\d+)$/.exec(address) ?? []
  return `${isLoopback(host) ? 'localhost' : host.toLowerCase()}${port}`
}
