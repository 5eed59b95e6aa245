// Further commands that rounds kill.
import { runResguardo } from '../run-command.ts'
import { both, type SoakCommand } from './soak-command.ts'

export const others: readonly SoakCommand[] = [
  {
    ...{ name: 'upload', weight: 3, bucket: true },
    words: ({ environment, store }) => [
      ...[
        'upload',
        'platform',
        '--name',
        'large',
        '--from',
        `file:${store}`,
        '--to',
        `s3://${environment.bucket}/round`,
      ],
    ],
  },
  {
    name: 'checksum',
    weight: 1,
    bucket: true,
    words: (workspace) => ['checksum', 'platform', '--name', 'shop', ...both(workspace)],
  },
  {
    ...{ name: 'sign', weight: 2, bucket: true },
    words: (workspace) => [
      'sign',
      'platform',
      '--name',
      'shop',
      '--sign-key',
      workspace.environment.key.path,
      ...both(workspace),
    ],
  },
  {
    ...{ name: 'pin', weight: 1, bucket: true },
    words: (workspace) => ['pin', 'platform', '--name', 'shop', '--reason', 'soak', ...both(workspace)],
  },
  {
    ...{ name: 'unpin', weight: 1, bucket: true, codeIfRepeated: 2 },
    words: (workspace) => ['pin', 'platform', '--name', 'shop', '--unpin', '--reason', 'soak', ...both(workspace)],
    async prepare(workspace) {
      const words = ['pin', 'platform', '--name', 'shop', '--reason', 'soak', ...both(workspace)]
      const { code, stderr } = await runResguardo(workspace, words)
      if (code !== 0) throw new Error(`the pin ended with ${code}: ${stderr}`)
    },
  },
  {
    ...{ name: 'prune', weight: 2, bucket: true, prunes: true },
    words: (workspace) => ['prune', '--name', 'old', '--keep-at-least', '1', ...both(workspace)],
  },
  { name: 'tenants plan', weight: 1, words: () => ['tenants', 'plan'] },
  { name: 'doctor', weight: 1, code: 3, words: () => ['doctor'] },
]
