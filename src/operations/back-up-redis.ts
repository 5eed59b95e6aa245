// Backs up a Redis alone: its instant is fixed, then everything flows to the stores.
import { makeBackupId } from '../domain/backup.ts'
import { asFailure, Failure } from '../domain/failure.ts'
import type { RedisManifest } from '../domain/manifest.ts'
import { plural } from '../domain/plural.ts'
import { formatBytes } from '../domain/quantities.ts'
import { serverName } from '../domain/redis/redis-facts.ts'
import type { BackUpWorld } from './back-up.ts'
import { type BackedUp, type BackupRunRequest, runBackup } from './backup-run.ts'
import { redisSource } from './backup-source.ts'
import { checkStores } from './check-stores.ts'
import { Phases } from './phases.ts'
import type { Store } from './ports.ts'
import type { Redis, RedisDumpRequest, RedisProbe } from './redis-ports.ts'

/** What of a Redis is wanted, and how. */
export type RedisDumpOptions = Omit<RedisDumpRequest, 'temporary' | 'clock' | 'signal' | 'note'>

export interface BackUpRedisRequest extends BackupRunRequest {
  readonly redis: Redis
  readonly dumpOptions: RedisDumpOptions
  readonly stores: readonly Store[]
  readonly name: string
  readonly recoveryPoint: string | undefined
}

/** Maximum number of reads if cluster slots move. */
const attempts = 3

/** Throws and leaves as `backUpAll` does. */
export async function backUpRedis(request: BackUpRedisRequest, world: BackUpWorld): Promise<BackedUp<RedisManifest>> {
  const { redis, stores, name } = request
  const phases = new Phases(world)
  try {
    const { warnings, destinations } = await phases.run('probe', `Examining ${redis.display}`, async () => ({
      warnings: await look(redis, world),
      destinations: await checkStores(stores, world.reporter),
    }))
    for (let attempt = 1; ; attempt += 1) {
      const started = world.clock.now()
      const dump = await phases.run('snapshot', 'Reading the data of Redis', () =>
        openRedisDump(redis, request.dumpOptions)(world),
      )
      const id = makeBackupId(started, 'redis', request.trigger, world.random())
      const recoveryPoint = request.recoveryPoint ?? id.text
      const own = destinations.map((each) => ({ ...each }))
      const run = { request, world, phases, name, warnings, started, id, recoveryPoint, destinations: own }
      try {
        return await runBackup(run, redisSource(dump))
      } catch (error) {
        const moved = error instanceof Failure && error.code === 'redis/slots-moved'
        if (!moved || attempt === attempts) throw error
        world.reporter.note(`The cluster changed, so the backup starts again: ${error.message}`)
      }
    }
  } catch (error) {
    throw world.signal.aborted ? asFailure(world.signal.reason) : error
  } finally {
    await redis.close()
  }
}

/** For a run that backs up more: opens the dump when it is asked to. */
export function openRedisDump(redis: Redis, dumpOptions: RedisDumpOptions) {
  return ({ temporary, clock, signal, reporter }: BackUpWorld) =>
    redis.openDump({ ...dumpOptions, temporary, clock, signal, note: (sentence) => reporter.note(sentence) })
}

async function look(redis: Redis, { reporter, signal }: BackUpWorld): Promise<readonly string[]> {
  const probe = await redis.probe(signal)
  reporter.note(describe(probe))
  for (const warning of probe.warnings) reporter.warn(warning)
  return probe.warnings
}

function describe({ server, keys }: RedisProbe): string {
  const memory = server.memory === undefined ? '' : ` (${formatBytes(server.memory)} in memory)`
  return `${serverName(server)}${server.mode === 'cluster' ? ', a cluster' : ''}, ${plural(keys, 'key')}${memory}`
}
