// Redis: a whole backup beside redis-cli's own RDB into zstd and sha256sum, a whole restore beside RESTORE commands poured into a socket.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startRedis } from '../../test/support/redis.ts'
import { interleave, median, type Part, pipeline, resguardo, table, withFolder } from './measure.ts'
import { fillRedis, writeRestoreCommands } from './redis-sample.ts'

const keys = 1_000_000

/** Redis' own default is 5: a diskless transfer waits so long for more replicas. Without it, the work itself shows. */
const delays = [5, 0] as const

export const benchRedis: Part = ({ root, rounds }) =>
  withFolder(async (folder) => {
    await using source = await startRedis({ args: ['--save', '', '--repl-diskless-sync-delay', '0'] })
    await using live = await startRedis({ args: ['--save', ''] })
    console.error(`filling Redis with ${keys} keys`)
    await fillRedis(source.port, keys)
    const commands = join(folder, 'restore.resp')
    await writeRestoreCommands(source.port, commands)
    const target = join(folder, 'backups')
    const backup = (directory: string) =>
      resguardo(root, ['backup', '--kind', 'redis', '--json', '--compression-level', '3', '--backup-dir', directory], {
        REDIS_URL: source.url,
      })
    const rival = () =>
      pipeline('redis-cli -p "$PORT" --rdb - | zstd -T0 -3 -q | tee "$OUT" | sha256sum > "$OUT.sum"', {
        PORT: String(source.port),
        OUT: join(folder, 'rival'),
      })
    const contenders = Object.fromEntries(
      delays.flatMap((delay) => [
        [`rival ${delay}`, () => waiting(source, delay, rival)] as const,
        [
          `ours ${delay}`,
          () =>
            waiting(source, delay, async () => {
              const done = await backup(target)
              await rm(target, { recursive: true, force: true })
              return done
            }),
        ] as const,
      ]),
    )
    const out = await interleave(rounds, contenders)
    const kept = join(folder, 'kept')
    await backup(kept)
    const back = await interleave(rounds, {
      bare: async () => {
        await live.cli('FLUSHALL')
        return pipeline('redis-cli -p "$PORT" --pipe < "$IN"', { PORT: String(live.port), IN: commands })
      },
      ours: async () => {
        await live.cli('FLUSHALL')
        const flags = ['--kind', 'redis', '--json', '--backup-dir', kept, '--confirm', `127.0.0.1:${live.port}`]
        return resguardo(root, ['restore', ...flags], { REDIS_URL: live.url })
      },
    })
    const seconds = (results: typeof out, name: string): number => median((results.get(name) ?? []).map((each) => each.seconds))
    const peak = (results: typeof out, name: string): string =>
      Math.max(...(results.get(name) ?? []).map(({ peakMegabytes }) => peakMegabytes)).toFixed(0)
    const bare = seconds(back, 'bare')
    return table(
      ['what', 'seconds', 'ratio', 'bar', 'peak MB of node'],
      [
        ...delays.flatMap((delay) => {
          const [theirs, ours] = [seconds(out, `rival ${delay}`), seconds(out, `ours ${delay}`)]
          return [
            [
              `\`redis-cli --rdb - \\| zstd -T0 -3 \\| tee \\| sha256sum\`, repl-diskless-sync-delay ${delay}`,
              theirs.toFixed(1),
              '1',
              '',
              '',
            ],
            [
              '`backup --kind redis`, all of it',
              ours.toFixed(1),
              (ours / theirs).toFixed(2),
              delay === 5 ? '≤ 1.15, ≤ 180 MB' : '',
              peak(out, `ours ${delay}`),
            ],
          ]
        }),
        ['RESTORE commands of the same keys, made beforehand: `redis-cli --pipe`', bare.toFixed(1), '1', '', ''],
        [
          '`restore --kind redis`, all of it',
          seconds(back, 'ours').toFixed(1),
          (seconds(back, 'ours') / bare).toFixed(2),
          '≤ 1.5, ≤ 180 MB',
          peak(back, 'ours'),
        ],
      ],
    )
  })

async function waiting<T>(
  redis: { cli(...words: string[]): Promise<string> },
  delay: number,
  work: () => Promise<T>,
): Promise<T> {
  await redis.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', String(delay))
  return work()
}
