// The time in which the command line prints help, compared with an empty node program.
import type { Session } from './contest.ts'
import { measure } from './measure.ts'

export const benchStart = ({ contest }: Session): Promise<void> =>
  contest({
    rivals: { nothing: () => measure(process.execPath, ['-e', '0']) },
    async ours({ resguardo }) {
      return { help: () => resguardo(['--help']), 'backup --help': () => resguardo(['backup', '--help']) }
    },
    lines: [
      { what: '`node -e 0`', contender: 'nothing' },
      { what: '`node dist/cli.js --help`', contender: 'help', rival: 'nothing', bars: { value: 0.3 } },
      { what: '`node dist/cli.js backup --help`', contender: 'backup --help', rival: 'nothing', bars: { value: 0.3 } },
    ],
  })
