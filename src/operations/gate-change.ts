// What a change does to migrations, out of git's own diff.
import type { GateChange } from '../domain/gate.ts'
import { findMigrations } from '../domain/migrations/find-migrations.ts'
import type { Changes } from './gate-ports.ts'

export interface ChangeRequest {
  readonly base: string
  readonly head: string
  /** The user's own, instead of the built-in rules. */
  readonly globs: readonly string[]
}

/** Throws what `Changes` throws. */
export async function lookAtChange(changes: Changes, { base, head, globs }: ChangeRequest): Promise<GateChange> {
  const { files, ...commits } = await changes.between(base, head)
  return { ...commits, files: files.length, ...findMigrations(files, globs) }
}
