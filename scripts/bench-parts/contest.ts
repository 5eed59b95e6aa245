// A contest: contenders that run in alternation, and the lines that compare them, for one revision or two.
import { join } from 'node:path'
import { type Measured, measure } from './measure.ts'
import { isNarrow, median, ratioOf } from './ratio.ts'
import type { ResultLine } from './results.ts'
import { type Limits, type Pair, runRounds, type Surroundings } from './rounds.ts'

type Run = () => Promise<Measured>
type Contenders = Readonly<Record<string, Run>>

/** One revision's command line. */
export interface Revision {
  /** Root of the repository, with dist/. */
  readonly root: string
  /** A folder for its backups; contenders remove what they add. */
  readonly folder: string
  /** Runs its built command line, as a user's `node dist/cli.js`. */
  resguardo(parameters: readonly string[], environment?: Record<string, string>): Promise<Measured>
}

export interface Line {
  readonly what: string
  readonly contender: string
  /** The contender that it is compared with. */
  readonly rival?: string
  readonly unit?: ResultLine['unit']
  /** Value to compare, of the contender and of its rival; default: seconds. */
  sampleOf?(measured: Measured): number
  /** Used only to compare revisions, if one lacks the contender of another line. */
  readonly instead?: boolean
  readonly bars?: ResultLine['bars']
}

export interface Contest {
  /** Contenders of other projects. */
  readonly rivals?: Contenders
  /** Prepares what one revision's contenders need, and returns them. */
  ours(revision: Revision): Promise<Contenders>
  readonly lines: readonly Line[]
}

/** Passed to a part, which prepares its data and runs its contests. */
export interface Session {
  /** Size of the sample platform. */
  readonly megabytes: number
  contest(contest: Contest): Promise<void>
}

/** Runs a contest; `there` makes it a comparison of two revisions, without rivals. */
export async function runContest(
  contest: Contest,
  revisions: { readonly here: Revision; readonly there?: Revision },
  limits: Limits,
  surroundings?: Surroundings,
): Promise<{ lines: ResultLine[]; calibrations: readonly number[] }> {
  const { here, there } = revisions
  const ours = await contest.ours(here)
  const theirs = there && (await contest.ours(there))
  const prepared = theirs ? { ...prefixed('here', ours), ...prefixed('there', theirs) } : { ...contest.rivals, ...ours }
  const lines = theirs ? acrossRevisions(contest.lines, ours, theirs) : contest.lines.filter(({ instead }) => !instead)
  const used = new Set(lines.flatMap(({ contender, rival }) => [contender, rival]))
  const contenders = Object.fromEntries(Object.entries(prepared).filter(([name]) => used.has(name)))
  const pairs = lines.flatMap(({ contender, rival, sampleOf = secondsOf }): Pair<Measured>[] =>
    rival === undefined ? [] : [{ contender, rival, sampleOf }],
  )
  const { results, rounds, calibrations } = await runRounds(contenders, pairs, limits, surroundings)
  const resultOf = ({ what, contender, rival, unit = 's', sampleOf = secondsOf, bars = {} }: Line): ResultLine => {
    const samples = (name: string) => (results.get(name) ?? []).map(sampleOf)
    const found = rival === undefined ? undefined : ratioOf(samples(contender), samples(rival))
    const peaks = (results.get(contender) ?? []).map(({ peakMegabytes }) => peakMegabytes)
    return {
      line: what,
      rival: there ? 'the other revision' : (lines.find((line) => line.contender === rival)?.what ?? null),
      ...{ unit, value: median(samples(contender)), ratio: found?.ratio ?? null, interval: found?.interval ?? null },
      ...{ decided: found === undefined || isNarrow(found), rounds, bars },
      peakMegabytes: contest.rivals && contender in contest.rivals ? null : Math.max(...peaks),
    }
  }
  return { lines: lines.map(resultOf), calibrations }
}

/** The command line of a revision whose tree is at `root`. */
export function revisionAt(root: string, folder: string): Revision {
  const cli = join(root, 'dist/cli.js')
  return {
    root,
    folder,
    resguardo: (parameters, environment) => measure(process.execPath, [cli, ...parameters], environment),
  }
}

/**
 * Compares here with there for each contender that both revisions have. Limits for the comparison with a rival do not
 * apply.
 */
function acrossRevisions(lines: readonly Line[], ours: Contenders, theirs: Contenders): Line[] {
  const first = lines.filter(
    ({ contender }, index) => lines.findIndex((line) => line.contender === contender) === index,
  )
  const inBoth = first.filter(({ contender }) => contender in ours && contender in theirs)
  const lacksOne = first.some(({ contender }) => contender in ours !== contender in theirs)
  return inBoth
    .filter(({ instead }) => !instead || lacksOne)
    .map(({ bars: _, ...line }) => ({ ...line, contender: `here ${line.contender}`, rival: `there ${line.contender}` }))
}

function prefixed<T>(prefix: string, contenders: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(contenders).map(([name, contender]) => [`${prefix} ${name}`, contender]))
}

function secondsOf({ seconds }: Measured): number {
  return seconds
}
