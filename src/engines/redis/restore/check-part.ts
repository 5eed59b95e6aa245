// Checks flush-first with a partial backup: keys outside the backup must not be lost.
import { plural } from '../../../domain/text/plural.ts'
import type { Step } from '../../../ports/restore.ts'
import { patternFlags } from './broken-off.ts'
import { CommandRouter } from './command-router.ts'
import { databasesOf } from './flush.ts'
import type { PreflightContext } from './preflight-context.ts'
import { scanKeys } from './scan.ts'
import { Selection } from './selection.ts'

const all = Buffer.from('*')

/** Blocks a restore that would remove keys that cannot be in the backup. */
export async function checkPart({ request, servers }: PreflightContext): Promise<Step[]> {
  const { patterns } = request.manifest.dump
  if (request.mode !== 'flush-first' || !patterns) return []
  const selection = new Selection(request)
  const out = new CommandRouter(servers)
  const lost = new Lost()
  for (const database of databasesOf(request)) {
    for (const match of selection.narrowedByName ? selection.patterns : [all]) {
      await scanKeys(out, database, match, (keys) => {
        for (const key of keys) if (!selection.covers(key)) lost.add(database, key)
      })
    }
  }
  for (const place of servers.all.keys()) await out.askAt(place, 0, 'PING')
  if (lost.count === 0) return []
  return [
    {
      title: `The backup contains only keys that match ${patterns.join(', ')}: flush-first would remove ${lost.text}`,
      state: 'blocked',
      detail: `Use --mode replace, or remove only the keys of the backup: --mode flush-first ${patternFlags(patterns)}`,
    },
  ]
}

const namedAtMost = 3

/**
 * Counts keys that would be lost. The count is a maximum: SCAN may return a name twice, and two patterns may match the
 * same name.
 */
class Lost {
  readonly #named: string[] = []
  count = 0

  add(database: number, key: Buffer): void {
    this.count += 1
    const name = `${JSON.stringify(key.subarray(0, 100).toString())}${database === 0 ? '' : ` (database ${database})`}`
    if (this.#named.length < namedAtMost && !this.#named.includes(name)) this.#named.push(name)
  }

  /** `12 other keys, such as "a", "b"`. */
  get text(): string {
    return `${plural(this.count, 'other key')}, such as ${this.#named.join(', ')}`
  }
}
