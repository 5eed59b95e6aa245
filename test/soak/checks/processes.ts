// Processes of a command, from /proc.
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** Start of its command line, or its name. */
  readonly command: string
}

/** Descendants of a process that are not zombies, in no order. */
export function processesBelow(ancestor: number): ProcessEntry[] {
  const all = everyProcess()
  const children = Map.groupBy(all, ({ parent }) => parent)
  const below: (ProcessEntry & { readonly state: string })[] = []
  const add = (pid: number): void => {
    for (const child of children.get(pid) ?? []) {
      below.push(child)
      add(child.pid)
    }
  }
  add(ancestor)
  return below.filter(({ state }) => state !== 'Z' && state !== 'X')
}

function everyProcess(): (ProcessEntry & { readonly state: string })[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const end = stat.lastIndexOf(')')
      const [state = '', parent] = stat.slice(end + 2).split(' ')
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const command = (line || stat.slice(stat.indexOf('(') + 1, end)).slice(0, 150)
      return [{ pid: Number(name), parent: Number(parent), command, state }]
    } catch {
      return [] // the process has ended
    }
  })
}
