import { expect, test } from 'vitest'
import { bytesOf } from '../../../src/domain/drill/drill-bytes.ts'
import type { Payload } from '../../../src/domain/manifest/manifest.ts'
import { sampleManifest } from '../../support/sample-backups.ts'

test('the bytes of a drill are those of all payloads except globals.sql, which a drill does not load', () => {
  const payload = (role: Payload['role'], bytes: number, contentBytes: number) =>
    ({ role, bytes, contentBytes }) as Payload
  const payloads = [payload('archive', 10, 100), payload('tenant', 20, 200), payload('globals', 40, 400)]
  expect(bytesOf({ ...sampleManifest(), payloads })).toEqual({ bytes: 30, contentBytes: 300 })
})
