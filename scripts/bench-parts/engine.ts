// zstd as a child process beside Node's own zstd: the choice in docs/decisions/0002.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { interleave, type Measured, measure, median, type Part, table, withServer } from './measure.ts'

export const benchEngine: Part = ({ rounds, megabytes }) =>
  withServer(async ({ folder, sample }) => {
    const url = await sample(megabytes)
    const target = join(folder, 'engine')
    const run = (engine: string) => async () => {
      const done = await measure(process.execPath, [join(import.meta.dirname, 'engine-run.ts'), engine, target], {
        DATABASE_URL: url,
      })
      await rm(target, { recursive: true, force: true })
      return done
    }
    const results = await interleave<Measured>(rounds, { child: run('child'), node: run('node') })
    const of = (name: string, pick: (timed: Measured) => number): number => median((results.get(name) ?? []).map(pick))
    const [child, node] = [of('child', ({ seconds }) => seconds), of('node', ({ seconds }) => seconds)]
    const memory = (name: string): string => `${of(name, ({ peakMegabytes }) => peakMegabytes).toFixed(0)} MB`
    return table(
      ['engine, level 3, dump with its fingerprint to a file', 'seconds', 'ratio', 'peak memory of node'],
      [
        ['`zstd -T0` as a child', child.toFixed(1), '1.00', memory('child')],
        ["Node's own zstd", node.toFixed(1), (node / child).toFixed(2), memory('node')],
      ],
    )
  })
