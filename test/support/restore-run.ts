// The real `restore` command against a real server and given stores, for service tests.
import { tmpdir } from 'node:os'
import type { Outcome } from '../../src/commands/command.ts'
import { restore } from '../../src/commands/restore/restore.ts'
import { openLiveServer } from '../../src/engines/postgres/live/open-live-server.ts'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import type { Store } from '../../src/ports/common.ts'
import type { RunUserCommand } from '../../src/ports/drill.ts'
import { fakeWorld, type RecordingReporter, recordingReporter } from './fakes.ts'
import { completed } from './lists.ts'
import { realClock } from './real-clock.ts'
import { randomDigits } from './real-world.ts'

interface RestoreRun {
  readonly outcome: Outcome<typeof restore.outputs>
  readonly reporter: RecordingReporter
}

interface More {
  readonly runUserCommand?: RunUserCommand
  readonly signal?: AbortSignal
  readonly reporter?: RecordingReporter
}

/** Runs the command with inputs by name. Throws its errors, and an Error if the inputs break its rules. */
export async function runRestore(
  url: string,
  stores: readonly Store[],
  inputs: Readonly<Record<string, string | readonly string[]>>,
  more: More = {},
): Promise<RestoreRun> {
  const given = { 'database-url': url, store: stores.map(({ address }) => address), ...inputs } as Record<
    string,
    string | string[]
  >
  const values = parseInputs(completed(restore).inputs, (name) =>
    name in given ? { text: given[name] ?? '', from: `--${name}` } : undefined,
  )
  const broken = restore.check?.(values, fakeWorld()) ?? []
  if (broken.length > 0) throw new Error(broken.join('; '))
  const reporter = more.reporter ?? recordingReporter()
  const world = {
    ...fakeWorld(),
    clock: realClock,
    random: randomDigits,
    temporary: tmpdir(),
    openLiveServer,
    openPlatform,
    openStore: async (address: string) => stores.find((store) => store.address === address) as Store,
    ...more,
    reporter,
  }
  return { outcome: await restore.run(values, world), reporter }
}
