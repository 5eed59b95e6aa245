// Redis: a complete backup compared with `redis-cli --rdb` into zstd and sha256sum, and a complete restore compared
// with RESTORE commands by `redis-cli --pipe`.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startRedis } from '../../test/support/redis.ts'
import type { Line, Session } from './contest.ts'
import { pipeline } from './measure.ts'
import { fillRedis, writeRestoreCommands } from './redis-sample.ts'
import { withFolder } from './server.ts'

const keys = 1_000_000

/**
 * Seconds that Redis waits for more replicas before a diskless transfer: 5 is its default; 0 measures the work alone.
 */
const delays = [5, 0] as const

type Redis = Awaited<ReturnType<typeof startRedis>>

export const benchRedis = ({ contest }: Session): Promise<void> =>
  withFolder(async (folder) => {
    await using source = await startRedis({ args: ['--save', '', '--repl-diskless-sync-delay', '0'] })
    await using live = await startRedis({ args: ['--save', ''] })
    console.error(`filling Redis with ${keys} keys`)
    await fillRedis(source.port, keys)
    await contest({
      rivals: perDelay('rival', (delay) => async () => {
        await setDelay(source, delay)
        return pipeline('redis-cli -p "$PORT" --rdb - | zstd -T0 -3 -q | tee "$OUT" | sha256sum > "$OUT.sum"', {
          ...{ PORT: String(source.port), OUT: join(folder, 'rival') },
        })
      }),
      ours: async ({ folder: target, resguardo }) => ({
        ...perDelay('backup', (delay) => async () => {
          await setDelay(source, delay)
          const done = await resguardo(backupInto(target), { REDIS_URL: source.url })
          await rm(target, { recursive: true, force: true })
          return done
        }),
        async scan() {
          const done = await resguardo([...backupInto(target), '--redis-method', 'scan'], { REDIS_URL: source.url })
          await rm(target, { recursive: true, force: true })
          return done
        },
      }),
      lines: [
        ...delays.flatMap(backupLines),
        { what: '`backup redis --redis-method scan`', contender: 'scan', bars: { peakMegabytes: 180 } },
      ],
    })
    const commands = join(folder, 'restore.resp')
    await writeRestoreCommands(source.port, commands)
    await contest({
      rivals: {
        async bare() {
          await live.cli('FLUSHALL')
          return pipeline('redis-cli -p "$PORT" --pipe < "$IN"', { PORT: String(live.port), IN: commands })
        },
      },
      async ours({ folder: target, resguardo }) {
        await resguardo(backupInto(target), { REDIS_URL: source.url })
        const flags = ['--kind', 'redis', '--json', '--backup-dir', target, '--confirm', `127.0.0.1:${live.port}`]
        const restore = async () => {
          await live.cli('FLUSHALL')
          return resguardo(['restore', ...flags], { REDIS_URL: live.url })
        }
        return { restore }
      },
      lines: [
        { what: 'prepared RESTORE commands of the same keys: `redis-cli --pipe`', contender: 'bare' },
        {
          what: '`restore redis`',
          contender: 'restore',
          rival: 'bare',
          bars: { ratio: 1.5, peakMegabytes: 180 },
        },
      ],
    })
  })

function backupInto(folder: string): string[] {
  return ['backup', '--kind', 'redis', '--json', '--compression-level', '3', '--backup-dir', folder]
}

function perDelay<T>(name: string, make: (delay: number) => T): Record<string, T> {
  return Object.fromEntries(delays.map((delay) => [`${name} ${delay}`, make(delay)]))
}

function backupLines(delay: number): Line[] {
  const suffix = `, repl-diskless-sync-delay ${delay}`
  const bars = delay === 5 ? { ratio: 1.15, peakMegabytes: 180 } : {}
  return [
    { what: `\`redis-cli --rdb - | zstd -T0 -3 | tee | sha256sum\`${suffix}`, contender: `rival ${delay}` },
    { what: `\`backup redis\`${suffix}`, contender: `backup ${delay}`, rival: `rival ${delay}`, bars },
  ]
}

async function setDelay(redis: Redis, delay: number): Promise<void> {
  await redis.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', String(delay))
}
