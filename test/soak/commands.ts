// The commands that rounds kill, and the changes of a complete run.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisChange } from './checks/redis.ts'
import { serverState } from './checks/server.ts'
import type { Place } from './ground.ts'
import { resguardoIn } from './run-command.ts'

export interface SoakCommand {
  readonly name: string
  readonly weight: number
  words(place: Place): readonly string[]
  /** Uses the bucket, alone or with the directory. */
  readonly bucket?: boolean
  /** Changes the live database: after a kill, it must be in its state from before or after the command. */
  readonly changesDatabase?: boolean
  readonly changesRedis?: RedisChange
  /** Exit code of a complete run; default 0. */
  readonly code?: number
  /** Exit code of the same command again, where it was complete already. */
  readonly codeOnceDone?: number
  /** Runs first if the same command again is refused with this failure code. */
  readonly remedy?: { readonly code: string; words(command: readonly string[]): readonly string[] }
  /** Removes backups. */
  readonly prunes?: boolean
  /** Must fail, and its output must not report success. */
  readonly unprovable?: boolean
  readonly environment?: (place: Place) => Readonly<Record<string, string>>
  /** Runs after the stores and databases of the round were prepared. */
  prepare?(place: Place): Promise<void>
  /** Removes a complete result that the same command would not overwrite. */
  clear?(place: Place): Promise<void>
}

const directory = ({ store }: Place) => ['--store', `file:${store}`]
const bucket = ({ ground, prefix }: Place) => ['--store', `s3://${ground.bucket}/${prefix.slice(0, -1)}`]
const both = (place: Place) => [...directory(place), ...bucket(place)]
const redisServer = ({ ground: { redis } }: Place) => `${redis.host}:${redis.port}`
const large = ({ ground }: Place) => ({ DATABASE_URL: ground.server.url('large') })

const backups: SoakCommand[] = [
  { name: 'backup custom', weight: 3, bucket: true, words: (place) => ['backup', '--name', 'shop', ...both(place)] },
  {
    name: 'backup plain',
    weight: 2,
    words: (place) => ['backup', '--name', 'plain', '--format', 'plain', ...directory(place)],
  },
  {
    ...{ name: 'backup directory', weight: 2, bucket: true },
    words: (place) => ['backup', '--name', 'folder', '--format', 'directory', '--jobs', '2', ...both(place)],
  },
  {
    ...{ name: 'backup large', weight: 3, bucket: true, environment: large },
    words: (place) => ['backup', '--name', 'large', '--compression-level', '1', ...bucket(place)],
  },
  {
    ...{ name: 'backup one tenant', weight: 1 },
    words: (place) => ['backup', 'tenant', '--name', 'one', '--tenant', place.ground.tenant, ...directory(place)],
  },
  {
    ...{ name: 'backup tenants', weight: 2, bucket: true },
    words: (place) => ['backup', 'tenant', '--name', 'shop', '--tenant', 'all', '--include-shared', ...both(place)],
  },
  {
    ...{ name: 'backup redis replica', weight: 2, bucket: true },
    words: (place) => ['backup', 'redis', '--name', 'shop', '--redis-method', 'replica', ...both(place)],
  },
  {
    ...{ name: 'backup redis scan', weight: 2 },
    words: (place) => ['backup', 'redis', '--name', 'scan', '--redis-method', 'scan', ...directory(place)],
  },
  {
    name: 'backup all',
    weight: 3,
    bucket: true,
    words: (place) => ['backup', 'all', '--name', 'shop', ...both(place)],
  },
  { name: 'dump', weight: 1, words: () => ['dump', '--name', 'shop'] },
  {
    ...{ name: 'nightly', weight: 3, bucket: true, prunes: true },
    words: (place) => ['nightly', '--drill', '--name', 'shop', '--keep-last', '1', ...both(place)],
  },
]

const drills: SoakCommand[] = [
  ...(['shop', 'plain', 'folder'] as const).map((name) => ({
    ...{ name: `drill ${name === 'shop' ? 'custom' : name === 'folder' ? 'directory' : name}`, weight: 2 },
    words: (place: Place) => ['test-restore', 'platform', '--name', name, ...directory(place)],
  })),
  {
    ...{ name: 'drill from the bucket', weight: 1, bucket: true },
    words: (place) => ['test-restore', 'platform', '--name', 'shop', ...bucket(place)],
  },
  {
    ...{ name: 'drill without a sandbox', weight: 2 },
    words: (place) => ['test-restore', 'platform', '--name', 'shop', '--isolation', 'none', ...directory(place)],
  },
  {
    ...{ name: 'drill on a server', weight: 2 },
    words: (place) => [
      ...['test-restore', 'platform', '--name', 'shop', '--scratch-database', 'drill', ...directory(place)],
      ...['--scratch-url', place.ground.server.superuserUrl],
    ],
  },
  {
    name: 'drill tenants',
    weight: 1,
    words: (place) => ['test-restore', 'tenant', '--name', 'shop', ...directory(place)],
  },
  {
    name: 'drill redis',
    weight: 2,
    words: (place) => ['test-restore', 'redis', '--name', 'shop', ...directory(place)],
  },
  {
    ...{ name: 'drill of a false backup', weight: 1, code: 4, unprovable: true },
    words: (place) => ['test-restore', '--name', 'false', ...directory(place)],
  },
  {
    ...{ name: 'rehearsal', weight: 2 },
    words: (place) => [
      ...[
        'test-restore',
        'platform',
        '--name',
        'shop',
        '--migrate-directory',
        place.ground.checkout,
        ...directory(place),
      ],
      ...['--migrate-command', 'psql --no-psqlrc -v ON_ERROR_STOP=1 -f prisma/migrations/1_note/migration.sql'],
    ],
  },
]

const gate = (name: string) => (place: Place) => [
  ...[
    'migration-gate',
    '--checkout',
    place.ground.checkout,
    '--base',
    'HEAD~1',
    '--name',
    name,
    '--max-age',
    '1d',
    ...both(place),
  ],
]
const gates: SoakCommand[] = [
  { name: 'gate', weight: 2, bucket: true, words: gate('shop') },
  { name: 'gate without proof', weight: 1, bucket: true, code: 3, unprovable: true, words: gate('plain') },
]

const restore = (
  name: string,
  weight: number,
  words: (place: Place) => string[],
  more: Partial<SoakCommand> = {},
): SoakCommand => ({
  ...{ name: `restore ${name}`, weight, ...more },
  words: (place) => ['restore', ...words(place), '--name', 'shop', ...(more.bucket ? bucket(place) : directory(place))],
})
/** Keeps a partly loaded copy, which the command must handle. */
async function dropCopy({ ground: { server } }: Place): Promise<void> {
  const copy = (await serverState(server)).databases.find(({ name }) => name === 'copy')
  if (copy && copy.role === undefined) await server.dropDatabase('copy')
}

const confirm = ['--confirm', 'shop']
const oneTenant = ({ ground }: Place) => ['--tenant', ground.tenant, ...confirm]
const live = { changesDatabase: true }

const restores: SoakCommand[] = [
  restore('swap', 4, () => confirm, live),
  restore('swap from the bucket', 1, () => confirm, { ...live, bucket: true }),
  restore('new', 2, () => ['--strategy', 'new', '--target-database', 'copy'], { clear: dropCopy }),
  restore('in place', 3, () => ['--strategy', 'in-place', ...confirm], live),
  restore('tenant replace', 2, (place) => ['tenant', '--mode', 'replace', ...oneTenant(place)], live),
  restore('tenant merge', 2, (place) => ['tenant', '--mode', 'merge', '--triggers', 'off', ...oneTenant(place)], live),
  restore(
    'tenant from platform',
    2,
    (place) => ['tenant', '--mode', 'replace', '--from', 'latest', ...oneTenant(place)],
    live,
  ),
  restore('redis merge', 2, (place) => ['redis', '--mode', 'merge', '--confirm', redisServer(place)], {
    changesRedis: 'merge',
    remedy: {
      code: 'redis/queue-unfinished',
      words: (command) => [
        ...command.map((word) => (word === 'merge' ? 'replace' : word)),
        ...['--redis-pattern', 'bull:reports:*'],
      ],
    },
  }),
  restore('redis replace', 2, (place) => ['redis', '--mode', 'replace', '--confirm', redisServer(place)], {
    changesRedis: 'replace',
  }),
  restore('redis flush-first', 2, (place) => ['redis', '--mode', 'flush-first', '--confirm', redisServer(place)], {
    changesRedis: 'flush-first',
  }),
  restore('redis to a file', 1, () => ['redis', '--to-file', 'out.rdb'], {
    clear: ({ folder }) => rm(join(folder, 'work/out.rdb'), { force: true }),
  }),
  restore('all', 2, (place) => ['all', '--confirm', `shop,${redisServer(place)}`], {
    ...live,
    changesRedis: 'flush-first',
  }),
  restore('undo', 2, () => ['--undo', ...confirm], {
    ...live,
    codeOnceDone: 3,
    async prepare(place) {
      const { code, stderr } = await resguardoIn(place, ['restore', ...confirm, '--name', 'shop', ...directory(place)])
      if (code !== 0) throw new Error(`the restore to be undone ended with ${code}: ${stderr}`)
    },
  }),
]

const others: SoakCommand[] = [
  {
    ...{ name: 'upload', weight: 3, bucket: true },
    words: ({ ground, store }) => [
      ...['upload', 'platform', '--name', 'large', '--from', `file:${store}`, '--to', `s3://${ground.bucket}/round`],
    ],
  },
  {
    name: 'checksum',
    weight: 1,
    bucket: true,
    words: (place) => ['checksum', 'platform', '--name', 'shop', ...both(place)],
  },
  {
    ...{ name: 'sign', weight: 2, bucket: true },
    words: (place) => ['sign', 'platform', '--name', 'shop', '--sign-key', place.ground.key.path, ...both(place)],
  },
  {
    ...{ name: 'pin', weight: 1, bucket: true },
    words: (place) => ['pin', 'platform', '--name', 'shop', '--reason', 'soak', ...both(place)],
  },
  {
    ...{ name: 'prune', weight: 2, bucket: true, prunes: true },
    words: (place) => ['prune', '--name', 'old', '--keep-at-least', '1', ...both(place)],
  },
  { name: 'tenants plan', weight: 1, words: () => ['tenants', 'plan'] },
  { name: 'doctor', weight: 1, code: 3, words: () => ['doctor'] },
]

/** Every command. */
export const soakCommands: readonly SoakCommand[] = [...backups, ...drills, ...gates, ...restores, ...others]

/** Short commands; one of them runs after a kill. */
export const nextCommands: readonly ((place: Place) => readonly string[])[] = [
  (place) => ['list', ...directory(place)],
  () => ['tenants', 'plan', '--no-counts'],
  (place) => ['prune', '--dry-run', ...directory(place)],
  (place) => ['checksum', 'redis', '--name', 'shop', ...directory(place)],
]
