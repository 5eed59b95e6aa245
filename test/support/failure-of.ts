// The failure that ends a piece of work.
import { expect } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'

/** Asserts that the work ends with a `Failure`, and returns it. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(Failure)
  return thrown as Failure
}
