// What the safety backups of all kinds have in common: they are made before a restore changes data.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'

/** Made whatever it holds, and compared with no other backup. */
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
