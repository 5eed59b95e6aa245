// What is said of an address of a store that cannot be read.
import { Failure } from './failure.ts'

/** A failure of kind usage. An address with @ may hold a password, so it is not shown. */
export function invalidAddress(address: string, hint: string, what = 'is not the address of a store'): Failure {
  const shown = address.includes('@') ? 'the given text' : JSON.stringify(address)
  return new Failure('store/invalid-address', `${shown} ${what}`, { hint })
}
