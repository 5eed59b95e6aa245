// How long the command line takes to say something, beside node doing nothing.
import { interleave, type Measured, measure, median, type Part, resguardo, table } from './measure.ts'

export const benchStart: Part = async ({ root, rounds }) => {
  const results = await interleave<Measured>(Math.max(rounds, 9), {
    nothing: () => measure(process.execPath, ['-e', '0']),
    help: () => resguardo(root, ['--help']),
    'backup --help': () => resguardo(root, ['backup', '--help']),
  })
  const seconds = (name: string): number => median((results.get(name) ?? []).map((timed) => timed.seconds))
  const nothing = seconds('nothing')
  const row = (what: string, name: string, bar: string): string[] => [
    what,
    seconds(name).toFixed(2),
    (seconds(name) / nothing).toFixed(1),
    bar,
  ]
  return table(
    ['what', 'seconds', 'ratio', 'bar'],
    [
      row('`node -e 0`', 'nothing', ''),
      row('`node dist/cli.js --help`', 'help', '< 0.3 s'),
      row('`node dist/cli.js backup --help`', 'backup --help', '< 0.3 s'),
    ],
  )
}
