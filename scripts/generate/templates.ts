// Workflow templates for users: the workflows of this repository, which call its actions by name instead of by `$/`.
import { parseDocument } from 'yaml'

/** Workflows in .github/workflows that have a template. */
export const templated = [
  'backup',
  'drill',
  'migration-backup',
  'migration-gate',
  'restore',
  'restore-redis',
  'restore-tenant',
] as const

const heading =
  ' Copy to .github/workflows/. Generated from the workflow of the same name in OWNER/resguardo: see its docs/workflows.md.'

/** The template of a workflow's text. Throws if the workflow is not YAML. */
export function templateOf(workflow: string): string {
  const document = parseDocument(workflow, { strict: true })
  if (document.errors[0]) throw document.errors[0]
  document.commentBefore = `${heading}\n${document.commentBefore ?? ''}`.trimEnd()
  return document
    .toString({ lineWidth: 0, flowCollectionPadding: false })
    .replaceAll('$/actions/nightly', 'OWNER/resguardo@v1')
    .replaceAll(/\$\/actions\/([a-z-]+)/g, 'OWNER/resguardo/actions/$1@v1')
}
