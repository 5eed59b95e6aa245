// Checks that the target can read the backup and accepts writes.
import { programName } from '../../../domain/redis/products.ts'
import { isAtLeast, readersOf, readsRdb } from '../../../domain/redis/rdb-versions.ts'
import { serverName } from '../../../domain/redis/redis-facts.ts'
import type { Step } from '../../../ports/restore.ts'
import { isForbidden } from '../connection/errors.ts'
import type { InspectedServer, PreflightContext } from './preflight-context.ts'
import { keyAt } from './servers.ts'

/** RESTORE has ABSTTL since this version. */
const oldest = '5.0'

export function checkVersion({ request, each }: PreflightContext): Step[] {
  const rdb = Math.max(...request.manifest.dump.shards.map(({ rdbVersion }) => rdbVersion))
  const steps = each.map(({ connection, program }): Step => {
    const what = `${connection.display} is ${programName(program)}`
    if (program.version === '') {
      return {
        title: what,
        state: 'warning',
        detail: `The backup needs ${readersOf(rdb)}; an older server rejects its first key`,
      }
    }
    if (!isAtLeast(program.version, oldest)) {
      return { title: what, state: 'blocked', detail: 'Restore into Redis 5.0 or newer, or Valkey' }
    }
    if (!readsRdb(program, rdb)) {
      const from = `The backup is of ${serverName(request.manifest.server)} (RDB version ${rdb})`
      return { title: what, state: 'blocked', detail: `${from} and needs ${readersOf(rdb)}` }
    }
    return { title: `${what}, which reads RDB version ${rdb}`, state: 'done' }
  })
  return unlessAllDone(steps)
}

/**
 * A write that changes nothing is refused for the same reasons as any other: READONLY, MISCONF, NOREPLICAS,
 * CLUSTERDOWN.
 */
export async function checkWritable({ servers, each }: PreflightContext): Promise<Step[]> {
  const steps: Step[] = []
  for (const [place, looked] of each.entries()) steps.push(await tryWrite(looked, keyAt(place, servers.placeOf)))
  return unlessAllDone(steps)
}

async function tryWrite({ connection, info }: InspectedServer, key: Buffer): Promise<Step> {
  const { display } = connection
  if (info.role === 'slave') {
    return { title: `${display} is a replica`, state: 'blocked', detail: 'Use the address of its master' }
  }
  const error = await connection.ask('UNLINK', key).then(
    () => undefined,
    (thrown: Error) => {
      if (thrown.name !== 'ReplyError') throw thrown
      return thrown
    },
  )
  if (!error) return { title: `${display} accepts writes`, state: 'done' }
  if (isForbidden(error) || error.message.startsWith('NOPERM')) {
    return { title: `Could not test whether ${display} accepts writes`, state: 'warning', detail: error.message }
  }
  return { title: `${display} does not accept writes`, state: 'blocked', detail: error.message }
}

/** A slot that moves while keys are restored would interrupt the restore. */
export async function checkSlots({ servers, each }: PreflightContext): Promise<Step[]> {
  if (!servers.cluster) return []
  for (const { connection } of each) {
    const nodes = await connection.askText('CLUSTER', 'NODES').catch(() => '')
    if (!/\[\d+-[<>]-/.test(String(nodes))) continue
    return [
      { title: 'Slots of the cluster are being moved', state: 'blocked', detail: 'Wait until resharding has ended' },
    ]
  }
  return [{ title: `A cluster of ${each.length} masters, with every slot served`, state: 'done' }]
}

/** The first step if all are done, otherwise only those that are not done. */
function unlessAllDone(steps: readonly Step[]): Step[] {
  const [first] = steps
  if (!first || steps.some(({ state }) => state !== 'done')) return steps.filter(({ state }) => state !== 'done')
  return [first]
}
