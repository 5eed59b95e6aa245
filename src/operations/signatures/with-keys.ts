// A store with the keys that sign and verify its backups.
import type { Signatures } from '../../domain/signatures/signatures.ts'
import type { Store } from '../../ports/common.ts'

/** Returns the same store with `signatures`; operations use them to sign and verify. */
export function withKeys(store: Store, signatures: Signatures): Store {
  return {
    address: store.address,
    signatures,
    check: (writing) => store.check(writing),
    openWriter: (key, options) => store.openWriter(key, options),
    create: (key, content) => store.create(key, content),
    readUnverified: (key, options) => store.readUnverified(key, options),
    list: (prefix, options) => store.list(prefix, options),
    remove: (keys) => store.remove(keys),
    leftovers: (prefix, options) => store.leftovers(prefix, options),
    now: () => store.now(),
  }
}
