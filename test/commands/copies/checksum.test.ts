// The command `checksum`: output and failures.
import { expect, test } from 'vitest'
import { checksum } from '../../../src/commands/copies/checksum.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { runCommand } from '../../support/run-command.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const id = idText('2026-11-24T02:00:05Z')

function storeWithBackup() {
  const store = memoryStore({ address: 'file:./backups' })
  putBackup(store, id)
  return store
}

test('an undamaged backup is verified, and its ID is reported', async () => {
  const { outputs, document, lines } = await runCommand(checksum, { stores: [storeWithBackup()], now })
  expect(outputs).toMatchObject({ 'backup-id': id })
  expect(document).toMatchObject({ backup: id, name: 'shop', stores: [{ address: 'file:./backups' }] })
  expect(lines[0]).toContain(`${id} is complete and undamaged`)
})

test('a changed payload is an integrity failure', async () => {
  const store = storeWithBackup()
  store.objects.set(`shop/${id}/database.dump.zst`, { content: Buffer.from('the dumb'), modified: now })
  await expect(runCommand(checksum, { stores: [store], now })).rejects.toMatchObject({ kind: 'integrity' })
})
