// An example of a new kind of store: one object with everything that it needs.
import { Failure } from '../../src/domain/failures/failure.ts'
import { inputTable } from '../../src/inputs/kinds.ts'
import type { StoreKind } from '../../src/ports/store.ts'
import { memoryStore } from './memory-store.ts'

const inputs = inputTable({
  'toy-box': { kind: 'text', summary: 'Box to use if no store is named', environment: ['TOY_BOX'], group: 'Stores' },
  'toy-owner': {
    kind: 'text',
    summary: 'Owner of the box',
    environment: ['TOY_OWNER'],
    group: 'Stores',
    repeated: true,
  },
  'toy-key': { kind: 'secret', summary: 'Key of the box', environment: ['TOY_KEY'], group: 'Stores' },
})

/** Stores in memory, `toy:box`, which need a key. Each call returns separate boxes. */
export function toyKind(rightKey: string): StoreKind<typeof inputs> {
  const boxes = new Map<string, ReturnType<typeof memoryStore>>()
  return {
    scheme: 'toy',
    example: 'toy:box',
    place: 'off-site',
    inputs,
    fallback: { summary: 'toy:TOY_BOX if set', address: ({ toyBox }) => toyBox && `toy:${toyBox}` },
    check: ({ toyOwner }) => (toyOwner === undefined ? ['--toy-owner is missing'] : []),
    download: (address, prefix) => `toy fetch ${address} ${prefix}`,
    async open(address, { toyKey }) {
      if (toyKey !== rightKey) throw new Failure('store/invalid-address', `the key ${toyKey} does not open ${address}`)
      const box = boxes.get(address) ?? memoryStore({ address })
      boxes.set(address, box)
      return box
    },
  }
}
