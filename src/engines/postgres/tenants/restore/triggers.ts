// Disables user triggers during a restore.
import { nameOf } from '../../../../domain/tenants/map.ts'
import { qualified } from '../../dump/snapshot.ts'
import { id } from '../quoting.ts'
import type { RestoreContext } from './restore-context.ts'

interface Trigger {
  readonly schema: string
  readonly table: string
  readonly root: { readonly schema: string; readonly table: string }
  readonly trigger: string
  readonly enabled: 'O' | 'R' | 'A'
}

/** Enabled user triggers, also on partitions. */
const triggersSql = `
  SELECT n.nspname AS schema, c.relname AS "table", g.tgname AS trigger, g.tgenabled AS enabled,
         json_build_object('schema', rn.nspname, 'table', r.relname) AS root
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid ELSE c.oid END
    JOIN pg_namespace rn ON rn.oid = r.relnamespace
   WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' ORDER BY 1, 2, 3`

const again = { O: 'ENABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' } as const

/**
 * Disables the user triggers of the tenant's tables. Returns a function that enables the same triggers again; call it
 * after all constraints were checked.
 */
export async function disableTriggers({ client, matches }: RestoreContext): Promise<() => Promise<void>> {
  const mine = new Set(matches.map(({ table }) => nameOf(table)))
  const { rows } = await client.query<Trigger>(triggersSql)
  const triggers = rows.filter(({ root }) => mine.has(nameOf(root)))
  const set = async (words: (trigger: Trigger) => string): Promise<void> => {
    for (const each of triggers) {
      await client.query(`ALTER TABLE ONLY ${qualified(each)} ${words(each)} TRIGGER ${id(each.trigger)}`)
    }
  }
  await set(() => 'DISABLE')
  return () => set(({ enabled }) => again[enabled])
}
