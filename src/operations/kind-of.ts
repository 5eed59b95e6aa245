// Finds a kind of backup by its name, and the one that the gate accepts.
import { Failure } from '../domain/failures/failure.ts'
import type { GateKind } from '../domain/gate/gate.ts'
import type { StoredKind } from '../ports/kind.ts'

/** Throws a failure of kind refused for an unknown name: a newer version made the backup. */
export function kindOf<K extends { readonly name: string }>(kinds: readonly K[], name: string): K {
  const kind = kinds.find((each) => each.name === name)
  if (kind) return kind
  throw new Failure('manifest/newer-format', `this version does not know backups of kind ${name}`, {
    hint: 'A newer version of Resguardo made this backup. Update Resguardo, then try again.',
  })
}

/** Returns the first kind that backs up whole databases. */
export function gateKindOf(kinds: readonly StoredKind[]): GateKind {
  const [first] = kinds.flatMap(({ name, gateFacts }) => (gateFacts ? [{ name, gateFacts }] : []))
  if (first) return first
  throw new Failure('internal/bug', 'no kind of backup holds whole databases')
}
