// Joins the findings about several servers into one list.
import type { Finding } from '../../../ports/redis.ts'

interface NodeFindings {
  readonly display: string
  readonly findings: readonly Finding[]
}

/** A finding that is the same for all servers appears once; any other finding names its servers. */
export function joinFindings(nodes: readonly NodeFindings[]): Finding[] {
  const groups = Map.groupBy(
    nodes.flatMap(({ display, findings }) => findings.map((finding) => ({ display, finding }))),
    ({ finding: { state, title, detail, remedy } }) => JSON.stringify([title, state, detail, remedy]),
  )
  const joined = [...groups.values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const where = [...new Set(same.map(({ display }) => display))]
    const all = where.length === nodes.length
    return [all ? first.finding : { ...first.finding, title: `${first.finding.title} (${where.join(', ')})` }]
  })
  const order = [...new Set(nodes.flatMap(({ findings }) => findings.map(({ title }) => title)))]
  const place = ({ title }: Finding) => order.findIndex((each) => title === each || title.startsWith(`${each} (`))
  return joined.sort((a, b) => place(a) - place(b))
}
