// The failure of an interrupted restore: how far it got, and how to complete it.

import { asFailure, type Failure } from '../../../domain/failures/failure.ts'
import { escapeGlob } from '../../../domain/redis/glob.ts'
import { flagWords } from '../../../domain/text/command-line.ts'
import { plural } from '../../../domain/text/plural.ts'
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import type { ParsedRedis } from '../connection/address.ts'
import { explainRedis } from '../connection/errors.ts'
import { mayBeFailover } from '../connection/sentinel.ts'
import { type Queue, queuesToRestore, type Selection } from './selection.ts'
import type { Tally } from './tally.ts'

interface State {
  readonly parsed: ParsedRedis
  readonly request: RedisRestoreRequest
  readonly selection: Selection
  readonly tally: Tally
  /** Number of keys to restore. */
  readonly of: number
  /** Number of keys without a reply, which may have been written. Undefined if every command has a reply. */
  readonly unanswered: number | undefined
}

export function brokenOff(error: unknown, { parsed, request, selection, tally, of, unanswered }: State): Failure {
  const { signal } = request
  const cause = signal.aborted ? asFailure(signal.reason) : explainRedis(error, parsed.display)
  const gone = tally.changes().reduce((sum, { removed }) => sum + removed, 0)
  const before = gone > 0 ? `; ${plural(gone, 'earlier key')} ${gone === 1 ? 'was' : 'were'} removed` : ''
  return cause.restate(
    `${cause.message}; ${unanswered === undefined ? '' : 'at least '}${tally.restored} of ${of} keys were restored into ${parsed.display}${inFlight(unanswered)}${before}`,
    [
      cause.hint,
      ...(parsed.sentinels.length > 0 && mayBeFailover(cause) ? [otherMaster] : []),
      completing(request, selection),
    ]
      .filter((part) => part !== undefined)
      .join(' '),
  )
}

function inFlight(keys: number | undefined): string {
  return keys === undefined ? '' : ` (${plural(keys, 'more key')} may have been, because the replies were lost)`
}

const otherMaster = 'Sentinel may have chosen another master, which may lack keys; the next run uses it.'

function completing({ mode }: RedisRestoreRequest, selection: Selection): string {
  const queues = queuesToRestore(selection)
  if (mode !== 'merge') {
    return 'To complete the restore, run again with --mode replace. To undo it, restore the safety backup with --mode flush-first. Partly restored queues are paused.'
  }
  if (queues.length === 0) return 'To complete the restore, run again; restored keys are kept.'
  return `To complete the restore, first restore the queues, which are paused and may be incomplete, with --mode replace ${queuePatterns(queues)}. Then run again.`
}

/** Flags that select these queues, quoted for a shell; at most the first five. */
export function queuePatterns(queues: readonly Pick<Queue, 'key'>[]): string {
  const patterns = patternFlags(queues.slice(0, 5).map(({ key }) => `${escapeGlob(key)}:*`))
  return `${patterns}${queues.length > 5 ? ' and so on' : ''}`
}

/** Flags for these patterns, quoted for a shell. */
export function patternFlags(patterns: readonly string[]): string {
  return patterns.map((pattern) => flagWords('redis-pattern', pattern)).join(' ')
}
