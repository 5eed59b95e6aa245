// Checks workflows and action.yml with GitHub's language service, like the editor on github.com.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { validate } from '@actions/languageservice'
import { parse } from 'yaml'

type Provider = NonNullable<NonNullable<Parameters<typeof validate>[1]>['actionsMetadataProvider']>
type ActionMetadata = NonNullable<Awaited<ReturnType<Provider['fetchActionMetadata']>>>
type TextDocument = Parameters<typeof validate>[0]

let documents = 0

/** Creates a document with a unique name: the language service caches what it parsed by name. */
function documentOf(path: string, text: string): TextDocument {
  documents++
  return {
    uri: `file:///${documents}/${path}`,
    languageId: 'yaml',
    version: 1,
    lineCount: text.split('\n').length,
    getText: () => text,
    positionAt: () => ({ line: 0, character: 0 }),
    offsetAt: () => 0,
    getLineRange: () => ({ start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }),
    getEOLCharacters: () => '\n',
  }
}

/** All metadata of our own action, as templates name it; of other actions only that they exist. */
async function metadataOf(
  root: string,
  owner: string,
  name: string,
  subpath: string | undefined,
): Promise<ActionMetadata> {
  if (owner !== 'OWNER') return { name: `${owner}/${name}`, description: '' }
  return parse(await readFile(join(root, subpath ?? '', 'action.yml'), 'utf8')) as ActionMetadata
}

/** False positive: the language service treats the index of a list as a field: `pull_requests[0]`. */
const index = /^Context access might be invalid: \d+$/

/** Returns findings as `path:line: message`. Local actions and called workflows are read from `root`. */
export async function languageFindings(root: string, path: string, text: string): Promise<string[]> {
  // The language service reads the inputs of `$/x`, but not those of `./x`.
  const checked = text.replaceAll(/uses: \.\/(?!\.github\/workflows)/g, 'uses: $/')
  const diagnostics = await validate(documentOf(path, checked), {
    fileProvider: {
      getFileContent: async (reference) => ({
        name: reference.path,
        content: await readFile(join(root, reference.path), 'utf8'),
      }),
    },
    actionsMetadataProvider: {
      fetchActionMetadata: ({ owner, name, path: subpath }) => metadataOf(root, owner, name, subpath),
    },
  })
  return diagnostics
    .filter(({ message }) => !index.test(String(message)))
    .map(({ range, message }) => `${path}:${range.start.line + 1}: ${String(message)}`)
}
