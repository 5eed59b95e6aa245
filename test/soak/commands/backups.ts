// Backups that rounds kill.
import { both, bucket, directory, large, type SoakCommand } from './soak-command.ts'

export const backups: readonly SoakCommand[] = [
  {
    name: 'backup custom',
    weight: 3,
    bucket: true,
    words: (workspace) => ['backup', '--name', 'shop', ...both(workspace)],
  },
  {
    name: 'backup plain',
    weight: 2,
    words: (workspace) => ['backup', '--name', 'plain', '--format', 'plain', ...directory(workspace)],
  },
  {
    ...{ name: 'backup directory', weight: 2, bucket: true },
    words: (workspace) => ['backup', '--name', 'folder', '--format', 'directory', '--jobs', '2', ...both(workspace)],
  },
  {
    ...{ name: 'backup large', weight: 3, bucket: true, variables: large },
    words: (workspace) => ['backup', '--name', 'large', '--compression-level', '1', ...bucket(workspace)],
  },
  {
    ...{ name: 'backup one tenant', weight: 1 },
    words: (workspace) => [
      'backup',
      'tenant',
      '--name',
      'one',
      '--tenant',
      workspace.environment.tenant,
      ...directory(workspace),
    ],
  },
  {
    ...{ name: 'backup tenants', weight: 2, bucket: true },
    words: (workspace) => [
      'backup',
      'tenant',
      '--name',
      'shop',
      '--tenant',
      'all',
      '--include-shared',
      ...both(workspace),
    ],
  },
  {
    ...{ name: 'backup redis replica', weight: 2, bucket: true },
    words: (workspace) => ['backup', 'redis', '--name', 'shop', '--redis-method', 'replica', ...both(workspace)],
  },
  {
    ...{ name: 'backup redis scan', weight: 2 },
    words: (workspace) => ['backup', 'redis', '--name', 'scan', '--redis-method', 'scan', ...directory(workspace)],
  },
  {
    name: 'backup all',
    weight: 3,
    bucket: true,
    words: (workspace) => ['backup', 'all', '--name', 'shop', ...both(workspace)],
  },
  { name: 'dump', weight: 1, words: () => ['dump', '--name', 'shop'] },
  {
    ...{ name: 'nightly', weight: 3, bucket: true, prunes: true },
    words: (workspace) => ['nightly', '--drill', '--name', 'shop', '--keep-last', '1', ...both(workspace)],
  },
]
