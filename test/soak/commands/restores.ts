// Restores that rounds kill.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { serverState } from '../checks/server.ts'
import { runResguardo } from '../run-command.ts'
import type { Workspace } from '../workspace.ts'
import { bucket, directory, redisServer, type SoakCommand } from './soak-command.ts'

const restore = (
  name: string,
  weight: number,
  words: (workspace: Workspace) => string[],
  more: Partial<SoakCommand> = {},
): SoakCommand => ({
  ...{ name: `restore ${name}`, weight, ...more },
  words: (workspace) => [
    'restore',
    ...words(workspace),
    '--name',
    'shop',
    ...(more.bucket ? bucket(workspace) : directory(workspace)),
  ],
})
/** Drops a complete copy. A partly loaded one stays: the command must handle it. */
async function dropCopy({ environment: { server } }: Workspace): Promise<void> {
  const copy = (await serverState(server)).databases.find(({ name }) => name === 'copy')
  if (copy && copy.role === undefined) await server.dropDatabase('copy')
}

const confirm = ['--confirm', 'shop']
const oneTenant = ({ environment }: Workspace) => ['--tenant', environment.tenant, ...confirm]
const otherTenant = '00000000-0000-4000-8000-000000000001'

/** Deletes all rows of the tenant. Those of two tables do not go with their tenant: no key, or one without CASCADE. */
async function deleteTenant({ environment: { server, tenant } }: Workspace): Promise<void> {
  for (const table of ['AuditLog', 'Invoice'])
    await server.query('shop', `DELETE FROM "${table}" WHERE "tenantId" = '${tenant}'`)
  await server.query('shop', `DELETE FROM "Tenant" WHERE id = '${tenant}'`)
}

const live = { changesDatabase: true }

export const restores: readonly SoakCommand[] = [
  restore('swap', 4, () => confirm, live),
  restore('swap from the bucket', 1, () => confirm, { ...live, bucket: true }),
  restore('new', 2, () => ['--strategy', 'new', '--target-database', 'copy'], { clear: dropCopy }),
  restore('in place', 3, () => ['--strategy', 'in-place', ...confirm], live),
  restore('tenant replace', 2, (workspace) => ['tenant', '--mode', 'replace', ...oneTenant(workspace)], live),
  restore(
    'tenant merge',
    2,
    (workspace) => ['tenant', '--mode', 'merge', '--triggers', 'off', ...oneTenant(workspace)],
    live,
  ),
  restore(
    'tenant from platform',
    2,
    (workspace) => ['tenant', '--mode', 'replace', '--from', 'latest', ...oneTenant(workspace)],
    live,
  ),
  restore('tenant insert', 2, (workspace) => ['tenant', '--mode', 'insert', ...oneTenant(workspace)], {
    ...live,
    prepare: deleteTenant,
  }),
  restore(
    'tenant under another ID',
    2,
    (workspace) => ['tenant', '--new-tenant-id', otherTenant, ...oneTenant(workspace)],
    {
      ...live,
      codeIfRepeated: 3,
      prepare: deleteTenant,
    },
  ),
  restore('into a schema', 2, () => ['--table', 'public."Product"', '--target-schema', 'rescued', ...confirm], {
    ...live,
    clear: async ({ environment }) =>
      void (await environment.server.query('shop', 'DROP SCHEMA IF EXISTS rescued CASCADE')),
  }),
  restore('redis merge', 2, (workspace) => ['redis', '--mode', 'merge', '--confirm', redisServer(workspace)], {
    changesRedis: 'merge',
    remedy: {
      code: 'redis/queue-unfinished',
      words: (command) => [
        ...command.map((word) => (word === 'merge' ? 'replace' : word)),
        ...['--redis-pattern', 'bull:reports:*'],
      ],
    },
  }),
  restore('redis replace', 2, (workspace) => ['redis', '--mode', 'replace', '--confirm', redisServer(workspace)], {
    changesRedis: 'replace',
  }),
  restore(
    'redis flush-first',
    2,
    (workspace) => ['redis', '--mode', 'flush-first', '--confirm', redisServer(workspace)],
    {
      changesRedis: 'flush-first',
    },
  ),
  restore('redis to a file', 1, () => ['redis', '--to-file', 'out.rdb'], {
    clear: ({ folder }) => rm(join(folder, 'work/out.rdb'), { force: true }),
  }),
  restore('all', 2, (workspace) => ['all', '--confirm', `shop,${redisServer(workspace)}`], {
    ...live,
    changesRedis: 'flush-first',
  }),
  restore('undo', 2, () => ['--undo', ...confirm], {
    ...live,
    codeIfRepeated: 3,
    async prepare(workspace) {
      const { code, stderr } = await runResguardo(workspace, [
        'restore',
        ...confirm,
        '--name',
        'shop',
        ...directory(workspace),
      ])
      if (code !== 0) throw new Error(`the restore to be undone ended with ${code}: ${stderr}`)
    },
  }),
]
