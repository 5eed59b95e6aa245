// The outcome of `doctor`: a checklist of findings, and a verdict that a job can fail on.
import { Failure } from '../../domain/failures/failure.ts'
import { plainText } from '../../domain/text/plain-text.ts'
import { plural } from '../../domain/text/plural.ts'
import type { Finding } from '../../ports/redis.ts'
import { checklist, code, heading, report } from '../../report/report.ts'
import type { Outcome } from '../command.ts'

export const outputsOfDoctor = {
  verdict: 'good, warning or bad: the worst finding; unknown findings do not count',
  findings: 'Number of bad findings and warnings',
} as const

const states = { good: 'done', warning: 'warning', bad: 'bad', unknown: 'unknown' } as const

/** `display`: the server, without secrets. Bad findings set a failure, so that a job can use it as a check. */
export function doctorOutcome(display: string, findings: readonly Finding[]): Outcome<typeof outputsOfDoctor> {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const [bad, warnings, unknown] = [count('bad'), count('warning'), count('unknown')]
  const verdict = bad > 0 ? 'bad' : warnings > 0 ? 'warning' : 'good'
  const counted = [`${bad} bad`, plural(warnings, 'warning'), ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(', ')
  return {
    outputs: { verdict, findings: bad + warnings },
    report: report(
      heading(`Data safety of ${display}: ${counted}`, states[verdict]),
      checklist(findings.map(({ state, title, detail }) => ({ text: `${title}: ${detail}`, state: states[state] }))),
      code('text', remediesOf(findings).join('\n'), 'Settings to change; CONFIG REWRITE makes them permanent'),
    ),
    document: { redis: display, verdict, findings },
    ...(bad > 0 && { failure: unsafe(display, bad, findings) }),
  }
}

/** Each remedy once, those of bad findings first. */
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
