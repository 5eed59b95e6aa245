// Failures of compressed data that is damaged or has another size than stated.
import { Failure } from '../../domain/failures/failure.ts'

export function notWhole(what: string): (detail: string) => Failure {
  return (detail) => wrongContent(`${what} is not a complete zstd stream (${detail})`)
}

export function tooLong(what: string, contentBytes: number): Failure {
  return wrongContent(`${what} decompresses to more than the ${contentBytes} bytes that the manifest states`)
}

export function tooShort(what: string, contentBytes: number, bytes: number): Failure {
  return wrongContent(`${what} decompresses to ${bytes} bytes, not the ${contentBytes} that the manifest states`)
}

function wrongContent(message: string): Failure {
  return new Failure('backup/content-mismatch', message, {
    hint: 'Use another backup or another store. `resguardo checksum` names the damaged files.',
  })
}
