// The phases of a run as they were measured, told to the reporter as they begin.

import type { Clock, Reporter } from '../ports/common.ts'
import type { PhaseTime } from '../ports/drill.ts'

/** Runs phases under the reporter's titles and keeps how long each took under a short name. */
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

  /** In the order in which they ended. */
  get times(): readonly PhaseTime[] {
    return this.#times
  }

  /** Since this was made. */
  get seconds(): number {
    return this.#world.clock.seconds() - this.#began
  }
}
