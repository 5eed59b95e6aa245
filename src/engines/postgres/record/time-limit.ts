// An end to waiting for a database that took the connection and then went silent.
import { Failure } from '../../../domain/failures/failure.ts'

/** What the work gives, or a failure of kind unreachable after this many seconds; the work is then left to itself. */
export async function withTimeLimit<T>(seconds: number, where: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(seconds, where)), seconds * 1000)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

function silent(seconds: number, where: string): Failure {
  return new Failure('postgres/timeout', `no answer within ${seconds} s from ${where}`, {
    hint: 'Check whether the server is overloaded, or a firewall drops idle connections.',
  })
}
