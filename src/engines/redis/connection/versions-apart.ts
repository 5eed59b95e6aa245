// Warns if the masters of a cluster, or a replica and its master, have versions of which one cannot read the other's
// backup.
import { programName, type RedisProgram } from '../../../domain/redis/products.ts'
import { canRestoreTo } from '../../../domain/redis/rdb-versions.ts'
import { displayNode, type ParsedRedis, type RedisNode } from './address.ts'
import { connectCommands } from './connect.ts'
import { type Info, infoOf, programOf } from './info.ts'
import type { Layout } from './layout.ts'

/** Returns sentences for warnings. `infos`: one for each shard of the layout. */
export async function versionWarnings(
  { shards }: Layout,
  infos: readonly Info[],
  access: ParsedRedis,
  signal: AbortSignal,
): Promise<string[]> {
  const [first = {}] = infos
  if (shards.length > 1) return ofMasters(infos.map(programOf))
  const [shard] = shards
  const master = shard?.role === 'replica' ? masterIn(first) : undefined
  return shard && master ? ofReplica(shard.node, master, programOf(first), access, signal) : []
}

function ofMasters(programs: readonly RedisProgram[]): string[] {
  if (programs.every((source) => programs.every((target) => canRestoreTo(source, target)))) return []
  const names = [...new Set(programs.map(programName))].sort()
  return [
    `The masters of the cluster are of different versions (${names.join(', ')}): this backup cannot be restored into the cluster until all masters run the newest version.`,
  ]
}

const secondsToTry = 3

/** Empty if INFO of the master cannot be read. */
async function ofReplica(
  node: RedisNode,
  master: RedisNode,
  program: RedisProgram,
  access: ParsedRedis,
  signal: AbortSignal,
): Promise<string[]> {
  const own = await programAt(master, access, signal).catch(() => undefined)
  signal.throwIfAborted()
  if (!own || canRestoreTo(program, own)) return []
  return [
    `${displayNode(node)} is a replica of ${programName(program)}, and its master ${displayNode(master)} is ${programName(own)}: this backup cannot be restored to the master. Name the master instead, or upgrade it.`,
  ]
}

async function programAt(node: RedisNode, access: ParsedRedis, signal: AbortSignal): Promise<RedisProgram> {
  const connection = await connectCommands(node, access, { signal, secondsToConnect: secondsToTry, secondsToLoad: 0 })
  try {
    return programOf(await infoOf(connection))
  } finally {
    connection.close()
  }
}

function masterIn({ master_host: host, master_port: port }: Info): RedisNode | undefined {
  return host && Number(port) > 0 ? { host, port: Number(port) } : undefined
}
