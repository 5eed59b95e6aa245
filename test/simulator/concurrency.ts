// Concurrency groups: one running member, and one pending member or, with `queue: max`, up to 100.
// https://docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency

import { isTrue } from './expressions.ts'
import { isObject, type Json } from './json.ts'

export interface Entry {
  readonly group: string
  readonly cancelInProgress: boolean
  readonly queue: 'single' | 'max'
}

/** Parses an evaluated `concurrency:`: a name, or a mapping. */
export function entryOf(value: Json): Entry {
  if (!isObject(value)) return { group: String(value), cancelInProgress: false, queue: 'single' }
  const cancelInProgress = isTrue(value['cancel-in-progress'] ?? false)
  return { group: String(value.group), cancelInProgress, queue: value.queue === 'max' ? 'max' : 'single' }
}

interface Member {
  readonly runId: number
  readonly level: 'workflow' | 'job'
  /** Called for a running member by `cancel-in-progress`. */
  cancel(): void
  /** Ends the wait of a pending member. */
  readonly signal: AbortSignal
}

/** A member that may run must call `leave` when it ends; a refused member never runs. */
export type Admission =
  | { readonly admitted: true; leave(): void }
  | { readonly admitted: false; readonly reason: string }

interface Waiting {
  readonly member: Member
  readonly answer: (admission: Admission) => void
}

interface Group {
  running: Member | undefined
  waiting: Waiting[]
}

const limit = 100

export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>()

  /** Resolves when the member may run or is refused. Names are case-insensitive; workflows and jobs share them. */
  enter(entry: Entry, member: Member): Promise<Admission> {
    if (entry.queue === 'max' && entry.cancelInProgress)
      throw new Error("'queue: max' cannot stand beside 'cancel-in-progress: true'")
    const group = this.#group(entry.group)
    if (group.running === undefined) return Promise.resolve(this.#admit(group, member))
    if (group.running.runId === member.runId && group.running.level === 'workflow') {
      return refused(
        `Canceling since a deadlock was detected for concurrency group: '${entry.group}' between a workflow and its own job`,
      )
    }
    if (entry.queue === 'single') this.#displace(group, entry.group)
    else if (group.waiting.length >= limit)
      return refused(`Canceling since ${limit} are waiting in '${entry.group}' already`)
    if (entry.cancelInProgress) group.running.cancel()
    return this.#wait(group, member)
  }

  #group(name: string): Group {
    const key = name.toLowerCase()
    const group = this.#groups.get(key) ?? { running: undefined, waiting: [] }
    this.#groups.set(key, group)
    return group
  }

  #displace(group: Group, name: string): void {
    for (const { answer } of group.waiting.splice(0)) {
      answer({ admitted: false, reason: `Canceling since a higher priority waiting request for '${name}' exists` })
    }
  }

  #wait(group: Group, member: Member): Promise<Admission> {
    return new Promise((answer) => {
      const waiting = { member, answer }
      group.waiting.push(waiting)
      const giveUp = () => {
        group.waiting = group.waiting.filter((other) => other !== waiting)
        answer({ admitted: false, reason: 'The run was canceled.' })
      }
      if (member.signal.aborted) giveUp()
      else member.signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #admit(group: Group, member: Member): Admission {
    group.running = member
    const leave = () => {
      group.running = undefined
      const next = group.waiting.shift()
      if (next !== undefined) next.answer(this.#admit(group, next.member))
    }
    return { admitted: true, leave }
  }
}

function refused(reason: string): Promise<Admission> {
  return Promise.resolve({ admitted: false, reason })
}
