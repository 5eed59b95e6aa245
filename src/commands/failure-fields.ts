// The fields of a failure in the document of a command.
import type { Failure } from '../domain/failures/failure.ts'

export function failureFields({ code, kind, message, hint }: Failure): {
  code: string
  kind: string
  message: string
  hint?: string
} {
  return { code, kind, message, ...(hint === undefined ? {} : { hint }) }
}
