// Every kind of store, in the order of their inputs in help. A new kind is a folder here and a line in this list.
import type { StoreKind } from '../ports/store.ts'
import { artifact } from './artifact/kind.ts'
import { directory } from './directory/kind.ts'
import { s3 } from './s3/kind.ts'

export const storeKinds: readonly StoreKind[] = [directory, s3, artifact]
