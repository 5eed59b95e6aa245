// Finds definitions in the backup that only a superuser can create.
import type { Step } from '../../../ports/restore.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { readContents } from './archive-facts.ts'
import type { PreflightContext } from './preflight-context.ts'
import { restoresAsSuperuser } from './restoring-role.ts'

const kinds: ReadonlySet<string> = new Set([
  'ACCESS METHOD',
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURAL LANGUAGE',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
])

const routines: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE'])

/**
 * Follows the manual of each CREATE command. Grants that another role made need SET SESSION AUTHORIZATION. Grants on
 * the database itself do not count, because pg_restore applies them only with --create.
 */
function needsSuperuser({ description, tag, definition }: TocEntry): boolean {
  if (kinds.has(description)) return true
  if (description === 'ACL') return !tag.startsWith('DATABASE ') && /^SET SESSION AUTHORIZATION /m.test(definition)
  if (routines.has(description)) return /^ +LANGUAGE (c|internal)\b|\bLEAKPROOF\b/m.test(beforeBody(definition))
  if (description === 'TYPE') return /^ +INPUT = /m.test(definition)
  if (description === 'CAST') return /WITHOUT FUNCTION/.test(definition)
  if (description === 'PUBLICATION') return /FOR ALL TABLES/.test(definition)
  return description === 'PUBLICATION TABLES IN SCHEMA'
}

function beforeBody(definition: string): string {
  return definition.split(/^ {4}AS /m)[0] ?? ''
}

const namedAtMost = 5

export async function checkSession(preflight: PreflightContext): Promise<Step[]> {
  const isSuperuser = await restoresAsSuperuser(preflight)
  const subscribes = subscriptionsInScript(preflight, isSuperuser)
  if (subscribes) return [subscribes]
  if (isSuperuser) return []
  const contents = await readContents(preflight.request.payloads)
  if (!contents) {
    return [
      {
        title: 'The privileges that a plain dump needs cannot be checked, because it has no table of contents',
        state: 'warning',
        detail: 'If a privilege is missing, the restore fails and nothing changes',
      },
    ]
  }
  const found = contents.filter(needsSuperuser)
  if (found.length === 0) return []
  const shown = found.slice(0, namedAtMost).map(named)
  const more = found.length > namedAtMost ? ` and ${found.length - namedAtMost} more` : ''
  return [
    {
      title: `Only a superuser can create these objects of the backup: ${shown.join(', ')}${more}`,
      state: 'blocked',
      detail: preflight.context.role.superuser
        ? 'Use --strategy swap, or --code-as-superuser if you trust the authors of the database'
        : 'Restore as a superuser',
    },
  ]
}

/**
 * Restores of other formats omit subscriptions. The live database retains its own, so a script cannot create them
 * again.
 */
function subscriptionsInScript(
  { request: { manifest, strategy } }: PreflightContext,
  isSuperuser: boolean,
): Step | undefined {
  const count = manifest.fingerprint.inventory?.objects.SUBSCRIPTION?.count ?? 0
  if (manifest.dump.format !== 'plain' || count === 0 || (isSuperuser && strategy !== 'in-place')) return undefined
  return {
    title: `The plain dump creates subscriptions (${count})`,
    state: 'blocked',
    detail: 'Use --strategy new as a superuser with --code-as-superuser, or a backup in custom or directory format',
  }
}

function named({ description, tag }: TocEntry): string {
  return description === 'ACL' ? `grants of another role on ${tag}` : `${description} ${tag}`
}
