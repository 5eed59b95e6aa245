// Settings and failure of safety backups of all kinds, which are made before a restore changes data.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'

/** Accepts any content, and compares with no other backup. */
export const safetySettings = {
  trigger: 'safety',
  compressionLevel: 3,
  confirmBytes: 'auto',
  shrinkLimit: 0,
  allowEmpty: true,
  keepDays: undefined,
  recoveryPoint: undefined,
} as const

export function safetyFailed(error: unknown): Failure {
  const failure = asFailure(error)
  return failure.restate(
    `the safety backup failed, so nothing was restored: ${failure.message}`,
    `${failure.hint ? `${failure.hint} ` : ''}Use --skip-safety-backup only if you do not need the current data.`,
  )
}
