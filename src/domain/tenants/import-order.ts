// The order in which tables can be filled: referenced rows come first, and circles are one group (Tarjan's strongly
// connected components).
import { nameOf, type TableShape } from './map.ts'

/**
 * Returns a number for every table, by `schema.table`: ascending in order of import, equal for tables that refer to
 * each other in a circle.
 */
export function importOrder(tables: readonly TableShape[]): ReadonlyMap<string, number> {
  const nodes = new Map(tables.map((table) => [nameOf(table), new Node(table)]))
  const stack: Node[] = []
  const groups = new Map<string, number>()
  let counter = 0
  let group = 0
  // Without recursion: a chain of ten thousand tables would overflow the stack.
  const visit = (root: Node): void => {
    const path: Node[] = []
    const enter = (node: Node): void => {
      node.index = node.low = counter++
      node.onStack = true
      stack.push(node)
      path.push(node)
    }
    enter(root)
    for (let node = path.at(-1); node; node = path.at(-1)) {
      const target = node.targets[node.next++]
      if (target !== undefined) {
        const other = nodes.get(target)
        if (!other) continue
        if (other.index === undefined) enter(other)
        else if (other.onStack) node.low = Math.min(node.low, other.index)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent) parent.low = Math.min(parent.low, node.low)
      if (node.low !== node.index) continue
      for (let member = stack.pop(); member; member = stack.pop()) {
        member.onStack = false
        groups.set(member.name, group)
        if (member === node) break
      }
      group += 1
    }
  }
  for (const name of [...nodes.keys()].sort()) {
    const node = nodes.get(name)
    if (node && node.index === undefined) visit(node)
  }
  return groups
}

class Node {
  readonly name: string
  readonly targets: readonly string[]
  next = 0
  index: number | undefined
  low = 0
  onStack = false

  constructor(table: TableShape) {
    this.name = nameOf(table)
    this.targets = [...new Set(table.foreignKeys.map(({ target }) => nameOf(target)))].sort()
  }
}
