// A Redis server with a password, a folder for its backups, and the built command line on both.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Finished, startResguardo } from './command-line.ts'
import { temporaryFolder } from './real-world.ts'
import { startRedis, type TestRedis } from './redis.ts'

type Running = ReturnType<typeof startResguardo>

export interface RedisWithStore {
  readonly redis: TestRedis
  /** Contains the store `backups`, and `temporary`, the TMPDIR of the commands. */
  readonly folder: string
  /** Starts a command; `environment` overrides variables. */
  start(parameters: readonly string[], environment?: Readonly<Record<string, string>>): Running
  run(...parameters: readonly string[]): Promise<Finished>
  /** Runs `restore --kind redis`. */
  restore(...parameters: readonly string[]): Promise<Finished>
  /** Returns the ID of the backup. */
  backUp(): Promise<string>
  /** The flag that confirms a restore into this server. */
  confirmed(): string[]
  /** Paths of all files in the store. */
  stored(): Promise<string[]>
  /** Names in the temporary folder. */
  left(): Promise<string[]>
  /** Makes a transfer last a millisecond per key: five seconds by default. */
  fillSlowly(keys?: number): Promise<void>
  /** Starts a backup that lasts five seconds, and waits until it reads. */
  startSlowBackup(): Promise<Running>
  stop(): Promise<void>
}

export async function startRedisWithStore(): Promise<RedisWithStore> {
  const redis = await startRedis({ password: 'a:secret@/%' })
  const folder = await temporaryFolder('redis-faults')
  await mkdir(join(folder, 'temporary'))
  const world: RedisWithStore = {
    redis,
    folder,
    start: (parameters, environment = {}) =>
      startResguardo(parameters, {
        ...{ REDIS_URL: redis.url, BACKUP_DIR: join(folder, 'backups'), TMPDIR: join(folder, 'temporary') },
        ...environment,
      }),
    run: (...parameters) => world.start(parameters).finished,
    restore: (...parameters) => world.run('restore', '--kind', 'redis', ...parameters),
    async backUp() {
      const { code, stdout, stderr } = await world.run('backup', '--kind', 'redis', '--json')
      expect(code, stderr).toBe(0)
      return (JSON.parse(stdout) as { backup: string }).backup
    },
    confirmed: () => ['--confirm', `127.0.0.1:${redis.port}`],
    async stored() {
      const found = await readdir(join(folder, 'backups'), { recursive: true, withFileTypes: true }).catch(() => [])
      return found.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    },
    left: () => readdir(join(folder, 'temporary')),
    async fillSlowly(keys = 5000) {
      await redis.cli('DEBUG', 'POPULATE', String(keys), 'key', '2000')
      await redis.cli('CONFIG', 'SET', 'rdb-key-save-delay', '1000')
    },
    async startSlowBackup() {
      await world.fillSlowly()
      const running = world.start(['backup', '--kind', 'redis'])
      await running.said('Reading Redis')
      await sleep(500)
      return running
    },
    async stop() {
      await redis.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return world
}
