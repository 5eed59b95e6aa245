// Backs up Redis alone.
import type { RedisManifest } from '../../domain/manifest/manifest.ts'
import { serverName } from '../../domain/redis/redis-facts.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Redis, RedisDump, RedisDumpRequest, RedisProbe } from '../../ports/redis.ts'
import { type BackUpSourceRequest, type BackUpWorld, backUpSource } from './back-up-source.ts'
import type { BackedUp } from './backup-run.ts'
import { redisSource } from './backup-source.ts'

/** Which keys of a Redis to read, and how. */
export type RedisDumpOptions = Omit<RedisDumpRequest, 'temporary' | 'clock' | 'signal' | 'note'>

export interface BackUpRedisRequest extends Omit<BackUpSourceRequest<RedisManifest>, 'source'> {
  readonly redis: Redis
  readonly dumpOptions: RedisDumpOptions
}

/** Throws and cleans up like `backUpSource`. Starts again if the slots of a cluster moved. Closes Redis. */
export async function backUpRedis(
  { redis, dumpOptions, ...request }: BackUpRedisRequest,
  world: BackUpWorld,
): Promise<BackedUp<RedisManifest>> {
  const source = {
    display: redis.display,
    probe: () => look(redis, world),
    open: async () => redisSource(await openRedisDump(redis, dumpOptions)(world)),
    startsAgain: ({ code }: { readonly code: string }) => code === 'redis/slots-moved',
  }
  try {
    return await backUpSource({ ...request, source }, world)
  } finally {
    await redis.close()
  }
}

/** For a run that backs up more than Redis: returns a function that opens the dump. */
export function openRedisDump(redis: Redis, dumpOptions: RedisDumpOptions): (world: BackUpWorld) => Promise<RedisDump> {
  return ({ temporary, clock, signal, reporter }) =>
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
