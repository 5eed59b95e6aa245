// A complete backup to a directory, compared with pg_dump, zstd and sha256sum in a pipe, and with plain pg_dump -Fc.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from './contest.ts'
import { pipeline, secondsOfPhase } from './measure.ts'
import { withFolder, withServer } from './server.ts'

export const benchBackup = ({ megabytes, contest }: Session): Promise<void> =>
  withServer(({ tools, sample }) =>
    withFolder(async (folder) => {
      const url = await sample(megabytes)
      const shell = (script: string) =>
        pipeline(`dump() { "${tools.folder}/pg_dump" -d "$URL" "$@"; }; ${script}`, {
          URL: url,
          OUT: join(folder, 'rival'),
        })
      await contest({
        rivals: {
          pipe: () => shell('dump -Fc -Z0 | zstd -q -T0 -3 | tee >(sha256sum > "$OUT.sum") > "$OUT"'),
          custom: () => shell('dump -Fc > "$OUT"'),
        },
        async ours({ folder: target, resguardo }) {
          const backup = async (...flags: string[]) => {
            const done = await resguardo(['backup', '--json', '--name', 'bench', '--backup-dir', target, ...flags], {
              DATABASE_URL: url,
            })
            await rm(join(target, 'bench'), { recursive: true })
            return done
          }
          return { full: () => backup(), lean: () => backup('--no-source-counts') }
        },
        lines: [
          { what: '`pg_dump -Fc -Z0 | zstd -T0 -3 | tee >(sha256sum) > file`', contender: 'pipe' },
          { what: '`resguardo backup`', contender: 'full', rival: 'pipe', bars: { ratio: 1.5 } },
          {
            what: '`resguardo backup --no-source-counts`, without reading back',
            contender: 'lean',
            rival: 'pipe',
            sampleOf: (measured) => measured.seconds - (secondsOfPhase(measured, 'confirm') ?? 0),
            bars: { ratio: 1.25 },
          },
          { what: '`pg_dump -Fc > file` (gzip)', contender: 'custom', rival: 'pipe' },
        ],
      })
    }),
  )
