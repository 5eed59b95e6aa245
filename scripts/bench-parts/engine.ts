// zstd as a child process compared with Node's own zstd: the choice in docs/decisions/0002.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from './contest.ts'
import { measure } from './measure.ts'
import { withServer } from './server.ts'

export const benchEngine = ({ megabytes, contest }: Session): Promise<void> =>
  withServer(async ({ sample }) => {
    const url = await sample(megabytes)
    await contest({
      async ours({ root, folder }) {
        const target = join(folder, 'engine')
        const run = (engine: string) => async () => {
          const script = join(root, 'scripts/bench-parts/engine-run.ts')
          const done = await measure(process.execPath, [script, engine, target], { DATABASE_URL: url })
          await rm(target, { recursive: true, force: true })
          return done
        }
        return { child: run('child'), node: run('node') }
      },
      lines: [
        { what: '`zstd -T0` as a child, level 3, dump with its fingerprint to a file', contender: 'child' },
        { what: "Node's own zstd", contender: 'node', rival: 'child' },
      ],
    })
  })
