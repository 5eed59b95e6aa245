// A whole backup to a directory beside pg_dump, zstd and sha256sum in a pipe, and beside plain pg_dump -Fc.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { interleave, type Measured, median, type Part, pipeline, resguardo, table, withServer } from './measure.ts'

interface Timed extends Measured {
  /** Without reading back. */
  readonly untilStored?: number
}

export const benchBackup: Part = ({ root, rounds, megabytes }) =>
  withServer(async ({ tools, folder, sample }) => {
    const url = await sample(megabytes)
    const dump = `"${tools.folder}/pg_dump" -d "$URL"`
    const target = join(folder, 'backups')
    const ours = async (...flags: string[]): Promise<Timed> => {
      const done = await resguardo(root, ['backup', '--json', '--name', 'bench', '--backup-dir', target, ...flags], {
        DATABASE_URL: url,
      })
      await rm(target, { recursive: true, force: true })
      const { phases } = JSON.parse(done.stdout) as { phases: { phase: string; seconds: number }[] }
      const confirming = phases.find(({ phase }) => phase === 'confirm')?.seconds ?? 0
      return { ...done, untilStored: done.seconds - confirming }
    }
    const shell = (script: string) => pipeline(script, { URL: url, OUT: join(folder, 'rival') })
    const results = await interleave<Timed>(rounds, {
      pipe: () => shell(`${dump} -Fc -Z0 | zstd -q -T0 -3 | tee >(sha256sum > "$OUT.sum") > "$OUT"`),
      full: () => ours(),
      lean: () => ours('--no-source-counts'),
      custom: () => shell(`${dump} -Fc > "$OUT"`),
    })
    const seconds = (name: string, pick: (timed: Timed) => number = (timed) => timed.seconds): number =>
      median((results.get(name) ?? []).map(pick))
    const pipe = seconds('pipe')
    const row = (what: string, value: number, bar: string): string[] => [what, value.toFixed(1), (value / pipe).toFixed(2), bar]
    return table(
      ['what', 'seconds', 'ratio', 'bar'],
      [
        row('`pg_dump -Fc -Z0 \\| zstd -T0 -3 \\| tee >(sha256sum) > file`', pipe, ''),
        row('`resguardo backup`, all of it', seconds('full'), '≤ 1.5'),
        row(
          '`resguardo backup --no-source-counts`, until stored, not read back',
          seconds('lean', (timed) => timed.untilStored ?? 0),
          '≤ 1.25',
        ),
        row('`pg_dump -Fc > file` (gzip)', seconds('custom'), ''),
      ],
    )
  })
