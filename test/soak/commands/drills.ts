// Drills and gates that rounds kill.
import type { Workspace } from '../workspace.ts'
import { both, bucket, directory, type SoakCommand } from './soak-command.ts'

export const drills: readonly SoakCommand[] = [
  ...(['shop', 'plain', 'folder'] as const).map((name) => ({
    ...{ name: `drill ${name === 'shop' ? 'custom' : name === 'folder' ? 'directory' : name}`, weight: 2 },
    words: (workspace: Workspace) => ['test-restore', 'platform', '--name', name, ...directory(workspace)],
  })),
  {
    ...{ name: 'drill from the bucket', weight: 1, bucket: true },
    words: (workspace) => ['test-restore', 'platform', '--name', 'shop', ...bucket(workspace)],
  },
  {
    ...{ name: 'drill without a sandbox', weight: 2 },
    words: (workspace) => [
      'test-restore',
      'platform',
      '--name',
      'shop',
      '--isolation',
      'none',
      ...directory(workspace),
    ],
  },
  {
    ...{ name: 'drill on a server', weight: 2 },
    words: (workspace) => [
      ...['test-restore', 'platform', '--name', 'shop', '--scratch-database', 'drill', ...directory(workspace)],
      ...['--scratch-url', workspace.environment.server.superuserUrl],
    ],
  },
  {
    name: 'drill tenants',
    weight: 1,
    words: (workspace) => ['test-restore', 'tenant', '--name', 'shop', ...directory(workspace)],
  },
  {
    name: 'drill redis',
    weight: 2,
    words: (workspace) => ['test-restore', 'redis', '--name', 'shop', ...directory(workspace)],
  },
  {
    ...{ name: 'drill of a false backup', weight: 1, code: 4, mustFail: true },
    words: (workspace) => ['test-restore', '--name', 'false', ...directory(workspace)],
  },
  {
    ...{ name: 'rehearsal', weight: 2 },
    words: (workspace) => [
      ...[
        'test-restore',
        'platform',
        '--name',
        'shop',
        '--migrate-directory',
        workspace.environment.checkout,
        ...directory(workspace),
      ],
      ...['--migrate-command', 'psql --no-psqlrc -v ON_ERROR_STOP=1 -f prisma/migrations/1_note/migration.sql'],
    ],
  },
]

const gate = (name: string) => (workspace: Workspace) => [
  ...[
    'migration-gate',
    '--checkout',
    workspace.environment.checkout,
    '--base',
    'HEAD~1',
    '--name',
    name,
    '--max-age',
    '1d',
    ...both(workspace),
  ],
]
export const gates: readonly SoakCommand[] = [
  { name: 'gate', weight: 2, bucket: true, words: gate('shop') },
  { name: 'gate without proof', weight: 1, bucket: true, code: 3, mustFail: true, words: gate('plain') },
]
