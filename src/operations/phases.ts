// Measures the phases of a run, and reports each phase when it starts.

import type { Clock, Reporter } from '../ports/common.ts'
import type { PhaseTime } from '../ports/drill.ts'

/** Runs phases under the reporter's titles, and stores the duration of each under a short name. */
export class Phases {
  readonly #world: { readonly reporter: Reporter; readonly clock: Clock }
  readonly #times: PhaseTime[] = []
  readonly #began: number

  constructor(world: { readonly reporter: Reporter; readonly clock: Clock }) {
    this.#world = world
    this.#began = world.clock.seconds()
  }

  async run<T>(phase: string, title: string, work: () => Promise<T>): Promise<T> {
    const { reporter, clock } = this.#world
    const began = clock.seconds()
    try {
      return await reporter.phase(title, work)
    } finally {
      this.#times.push({ phase, seconds: clock.seconds() - began })
    }
  }

  /** In the order in which the phases ended. */
  get times(): readonly PhaseTime[] {
    return this.#times
  }

  /** Seconds since this object was created. */
  get seconds(): number {
    return this.#world.clock.seconds() - this.#began
  }
}
