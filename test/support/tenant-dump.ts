// The ZIP of a tenant, written by the dump of a backup itself.
import { createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { holdSnapshot } from '../../src/engines/postgres/dump/snapshot.ts'
import { openTenantDump } from '../../src/engines/postgres/tenants/dump/open-tenant-dump.ts'
import { plainRules } from './tenant-zip.ts'

/** Dumps one tenant to a ZIP in a folder. Returns its path. */
export async function dumpTenantZip(
  url: string,
  { tenant, excel, folder }: { readonly tenant: string; readonly excel: boolean; readonly folder: string },
): Promise<string> {
  const held = await holdSnapshot(parseAddress(url), 5)
  const dump = await openTenantDump(url, {
    ...{ snapshot: held.name, taken: held.facts.taken },
    ...{ rules: plainRules, tenants: [tenant], includeShared: false, excel, level: 1 },
    ...{ counts: false, codeAsSuperuser: false },
    temporary: tmpdir(),
    signal: new AbortController().signal,
    progress: () => {},
  })
  const path = join(folder, 'tenant.zip')
  for await (const { stream } of dump.payloads('of a test')) await pipeline(stream, createWriteStream(path))
  await dump.finish()
  await dump.close()
  await held.release()
  return path
}
