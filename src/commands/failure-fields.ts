// A failure as it stands inside a command's own document.
import type { Failure } from '../domain/failure.ts'

export function failureFields({ kind, message, hint }: Failure): { kind: string; sentence: string; hint?: string } {
  return { kind, sentence: message, ...(hint === undefined ? {} : { hint }) }
}
