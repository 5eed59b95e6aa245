// What `doctor` found, for people and programs: a checklist, and a verdict that a job can fail on.
import { Failure } from '../domain/failure.ts'
import { plainText } from '../domain/plain-text.ts'
import { plural } from '../domain/plural.ts'
import type { Finding } from '../operations/redis-ports.ts'
import type { Outcome } from './command.ts'
import type { SummaryPart } from './summary.ts'

export const outputsOfDoctor = {
  verdict: 'good, warning or bad: the worst finding; unknown findings do not count',
  findings: 'Number of bad findings and warnings',
} as const

const signs: Readonly<Record<Finding['state'], string>> = { good: '✓', warning: '!', bad: '✗', unknown: '?' }

/** `display`: the server, without secrets. Bad findings are a failure, so that a job can be a check. */
export function doctorOutcome(display: string, findings: readonly Finding[]): Outcome<typeof outputsOfDoctor> {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const [bad, warnings, unknown] = [count('bad'), count('warning'), count('unknown')]
  const verdict = bad > 0 ? 'bad' : warnings > 0 ? 'warning' : 'good'
  const counted = [`${bad} bad`, plural(warnings, 'warning'), ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(', ')
  return {
    outputs: { verdict, findings: bad + warnings },
    lines: [`${plainText(display)}: ${counted}`, ...findings.flatMap(linesOf)],
    summary: summaryOf(display, counted, findings),
    document: { redis: display, verdict, findings },
    ...(bad > 0 && { failure: unsafe(display, bad, findings) }),
  }
}

function linesOf({ state, title, detail, remedy }: Finding): string[] {
  const said = `  ${signs[state]} ${plainText(title)}: ${plainText(detail)}`
  return remedy === undefined ? [said] : [said, `      ${plainText(remedy)}`]
}

const states = { good: 'done', warning: 'warning', bad: 'blocked', unknown: 'planned' } as const

function summaryOf(display: string, counted: string, findings: readonly Finding[]): SummaryPart[] {
  const items = findings.map(({ state, title, detail }) => ({
    text: `${state === 'unknown' ? 'Unknown: ' : ''}${plainText(title)}: ${plainText(detail)}`,
    state: states[state],
  }))
  const remedies = remediesOf(findings)
  return [
    { kind: 'heading', text: 'Safety of Redis' },
    { kind: 'paragraph', text: `${plainText(display)}: ${counted}.` },
    { kind: 'checklist', items },
    ...(remedies.length > 0
      ? [
          { kind: 'paragraph' as const, text: 'Settings to change. CONFIG REWRITE makes them permanent:' },
          { kind: 'code' as const, text: remedies.join('\n'), language: 'text' },
        ]
      : []),
  ]
}

/** Each once, those of what is bad first. */
function remediesOf(findings: readonly Finding[]): string[] {
  const order: readonly Finding['state'][] = ['bad', 'warning', 'unknown']
  const sorted = order.flatMap((state) => findings.filter((finding) => finding.state === state))
  return [...new Set(sorted.flatMap(({ remedy }) => (remedy === undefined ? [] : [plainText(remedy)])))]
}

function unsafe(display: string, bad: number, findings: readonly Finding[]): Failure {
  const named = findings.filter(({ state }) => state === 'bad')
  const [remedy] = remediesOf(named)
  return new Failure('redis/unsafe', `${plainText(display)} is not safe: ${plural(bad, 'bad finding')}, listed above`, {
    hint:
      remedy === undefined
        ? `Correct these and run again: ${[...new Set(named.map(({ title }) => title))].join(', ')}.`
        : `Run ${remedy} first. CONFIG REWRITE makes it permanent.`,
  })
}
