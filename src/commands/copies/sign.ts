// `sign`: signs a stored backup.

import { formatAllowedSigner } from '../../domain/signatures/allowed-signers.ts'
import { namingInputs, selectionInputs, signingInputs, storeInputs } from '../../inputs/shared.ts'
import { findBackup } from '../../operations/catalogue/find-backup.ts'
import { signBackup } from '../../operations/signatures/sign-backup.ts'
import { commands, heading, report } from '../../report/report.ts'
import { command } from '../command.ts'
import { checkStores, choiceOf, openStores } from '../stores/stores-of.ts'

// The backup need not be trusted yet.
const { 'trusted-keys': _, ...otherStoreInputs } = storeInputs

export const sign = command({
  name: 'sign',
  summary: 'Verify every byte of a stored backup and sign its manifest',
  examples: ['sign 20261124T020005Z --sign-key ~/signing_key'],
  positional: ['kind', 'backup'],
  inputs: { ...selectionInputs, ...namingInputs, ...otherStoreInputs, ...signingInputs },
  outputs: { 'backup-id': 'Id of the backup' },
  check: (values, world) => [
    ...checkStores({ ...values, trustedKeys: [] }, world),
    ...(values.signKey === undefined ? ['--sign-key (RESGUARDO_SIGN_KEY) is missing'] : []),
  ],
  run: async (values, world) => {
    const { reporter, signal, clock } = world
    const stores = await openStores({ ...values, trustedKeys: [] }, world)
    const places = await findBackup(stores, choiceOf(values, world), {
      reporter,
      signal,
      now: clock.now(),
      everyCopy: true,
    })
    const manifest = await signBackup(places, world)
    const key = places[0].store.signatures?.key
    const addresses = places.map(({ store }) => store.address)
    return {
      outputs: { 'backup-id': manifest.id },
      report: report(
        heading(`${manifest.id} is complete and signed in ${addresses.join(', ')}`, 'done'),
        commands('To drill the backup with the new key, because earlier drill records are not signed with it', {
          words: ['test-restore', manifest.id],
          flags: {
            name: manifest.name,
            ...(key && { 'trusted-keys': formatAllowedSigner(manifest.name, key.encodedPublicKey) }),
          },
        }),
      ),
      document: { backup: manifest.id, name: manifest.name, stores: addresses },
    }
  },
})
