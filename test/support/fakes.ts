// Fakes of the ports: a clock that a test moves, a reporter that records events, a World without servers.
import { tmpdir } from 'node:os'
import type { World } from '../../src/commands/command.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { hideSecrets } from '../../src/domain/text/hide-secrets.ts'
import type { Clock, Reporter } from '../../src/ports/common.ts'
import { lists } from './lists.ts'

export interface FakeClock extends Clock {
  /** Moves time forward (or back) by seconds. */
  advance(seconds: number): void
  /** Durations of all sleeps, in seconds. Sleeping advances the clock and returns at once. */
  readonly slept: number[]
}

/** A clock that starts at `now` (a Date or an ISO 8601 text), and moves only by `advance` and `sleep`. */
export function fakeClock(now: Date | string = '2026-11-24T02:00:05Z'): FakeClock {
  const start = new Date(now).getTime()
  let passed = 0
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(start + passed * 1000),
    seconds: () => passed,
    advance(seconds) {
      passed += seconds
    },
    async sleep(seconds, signal) {
      signal?.throwIfAborted()
      slept.push(seconds)
      passed += seconds
    },
  }
}

type Reported =
  | { readonly event: 'phase' | 'note' | 'warn'; readonly text: string }
  | ({ readonly event: 'progress'; readonly text: string; readonly of?: number } & (
      | { readonly bytes: number }
      | { readonly rows: number }
    ))

export interface RecordingReporter extends Reporter {
  readonly events: Reported[]
  /** Texts of one type of event, in order. */
  texts(event: Reported['event']): string[]
}

/** A reporter that records every event. Throws on nested phases, which the port forbids. */
export function recordingReporter(): RecordingReporter {
  const events: Reported[] = []
  let inPhase: string | undefined
  return {
    events,
    texts: (event) => events.filter((each) => each.event === event).map((each) => each.text),
    async phase(title, work) {
      if (inPhase !== undefined) throw new Error(`phase "${title}" inside phase "${inPhase}"`)
      inPhase = title
      events.push({ event: 'phase', text: title })
      try {
        return await work()
      } finally {
        inPhase = undefined
      }
    },
    note: (text) => void events.push({ event: 'note', text }),
    warn: (text) => void events.push({ event: 'warn', text }),
    progress: ({ what, ...done }) => void events.push({ event: 'progress', text: what, ...done }),
  }
}

/** A recording reporter that calls `start` before each phase whose title begins with `phase`. */
export function reporterAtPhase(phase: string, start: () => unknown): RecordingReporter {
  const reporter = recordingReporter()
  return {
    ...reporter,
    phase: async (title, work) => {
      if (title.startsWith(phase)) await start()
      return reporter.phase(title, work)
    },
  }
}

export type FakeWorld = World & { readonly reporter: RecordingReporter; readonly clock: FakeClock }

/** A World in which every method that opens something fails, except `overrides`; `random` counts up from 000001. */
export function fakeWorld(overrides: Partial<FakeWorld> = {}): FakeWorld {
  let drawn = 0
  const refuse = (what: string) => async () => {
    throw new Failure('internal/bug', `this test's world has no ${what}`)
  }
  return {
    reporter: recordingReporter(),
    clock: fakeClock(),
    signal: new AbortController().signal,
    random() {
      drawn += 1
      return drawn.toString(16).padStart(6, '0')
    },
    temporary: tmpdir(),
    removeLeftovers: async () => {},
    origin: {},
    ...lists,
    hideSecrets: (text) => hideSecrets(text, []),
    openStore: refuse('stores'),
    openPlatform: refuse('platform'),
    openTenants: refuse('tenants'),
    openTenantDump: refuse('tenants'),
    openTenantTarget: refuse('tenants'),
    openTenantZip: refuse('ZIPs'),
    openTenantPack: refuse('ZIPs'),
    openScratch: refuse('scratch'),
    openRedis: refuse('Redis'),
    openRedisTarget: refuse('Redis'),
    openRedisScratch: refuse('Redis'),
    writeRedisFile: refuse('Redis'),
    examineRedis: refuse('Redis'),
    openLiveServer: refuse('live server'),
    openRecord: refuse('record'),
    runUserCommand: refuse('shell'),
    openChanges: refuse('repository'),
    identifyDatabase: refuse('database'),
    databaseNameOf: refuse('database'),
    openForge: refuse('forge'),
    ...overrides,
  }
}
