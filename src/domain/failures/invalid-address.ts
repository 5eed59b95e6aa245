// The failure for an invalid store address.
import { Failure } from './failure.ts'

/** Returns a failure of kind usage. An address with @ can contain a password, so it is not shown. */
export function invalidAddress(address: string, hint: string, what = 'is not a store address'): Failure {
  const shown = address.includes('@') ? 'the given text' : JSON.stringify(address)
  return new Failure('store/invalid-address', `${shown} ${what}`, { hint })
}
