// Maps the tenants of a database before a dump, and draws the map as a diagram.
import { writeFile } from 'node:fs/promises'
import { Failure } from '../../domain/failures/failure.ts'
import type { TenantRules } from '../../domain/tenants/map.ts'
import { mermaidOf } from '../../domain/tenants/mermaid.ts'
import type { Reporter } from '../../ports/common.ts'
import type { OpenTenants, TenantPlan } from '../../ports/tenant-plan.ts'

interface PlanTenants {
  readonly url: string
  readonly rules: TenantRules
  readonly counts: boolean
  readonly codeAsSuperuser: boolean
  /** Path of the file for the diagram. */
  readonly file: string | undefined
}

interface PlanWorld {
  readonly reporter: Reporter
  readonly signal: AbortSignal
  readonly openTenants: OpenTenants
}

export interface PlannedTenants extends TenantPlan {
  readonly display: string
  /** Mermaid flowchart. */
  readonly diagram: string
}

/** Throws what `plan` throws, and a failure of kind tool if the file cannot be written. */
export async function planTenants(
  { url, rules, counts, codeAsSuperuser, file }: PlanTenants,
  world: PlanWorld,
): Promise<PlannedTenants> {
  const { reporter, signal } = world
  const tenants = await world.openTenants(url)
  const title = `${counts ? 'Mapping and counting' : 'Mapping'} the tables of ${tenants.display}`
  const plan = await reporter.phase(title, () => tenants.plan({ rules, counts, codeAsSuperuser, signal }))
  const diagram = mermaidOf(plan.map)
  if (file !== undefined) await write(file, diagram)
  return { ...plan, display: tenants.display, diagram }
}

async function write(file: string, diagram: string): Promise<void> {
  try {
    await writeFile(file, `${diagram}\n`)
  } catch (error) {
    throw new Failure(
      'disk/not-writable',
      `could not write ${JSON.stringify(file)}: ${error instanceof Error ? error.message : error}`,
      {
        hint: 'Give --mermaid a path in a folder that exists.',
        cause: error,
      },
    )
  }
}
