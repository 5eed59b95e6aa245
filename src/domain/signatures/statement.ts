// The signed statement: an object's key and digest, its backup, and the time of signing.
import { backupOf } from '../backups/build-catalogue.ts'
import { parseMark } from '../backups/marks.ts'

/** SHA-256 (hex) of an object, by its key in the store. */
interface SignedDigest {
  readonly key: string
  readonly sha256: string
}

/**
 * A text that `sha256sum -c` accepts in the store's root folder: comments, then lines with digests. The first digest is
 * that of the signed object. For files of a backup other than its manifest, the manifest's digest follows.
 */
export interface Statement {
  readonly subject: SignedDigest
  readonly manifest?: SignedDigest
  /** Only for a manifest: the marks that were written with it (`suspect`), so that deleting one has no effect. */
  readonly marks: readonly string[]
  /** ISO 8601, in UTC. */
  readonly time: string
}

const heading = '# resguardo-signed/1'

/** The text that is signed. */
export function statementText({ subject, manifest, marks, time }: Statement): string {
  return [
    heading,
    `# backup: ${backupOf(subject.key)?.id.text}`,
    `# time: ${time}`,
    ...marks.map((mark) => `# mark: ${mark}`),
    ...[subject, ...(manifest ? [manifest] : [])].map(({ key, sha256 }) => `${sha256}  ${key}`),
    '',
  ].join('\n')
}

/** Parses a statement; undefined for every text that `statementText` would not write. */
export function parseStatement(text: string): Statement | undefined {
  const lines = text.split('\n')
  const time = /^# time: (.+)$/.exec(lines[2] ?? '')?.[1]
  const marks = lines.flatMap((line) => /^# mark: (.+)$/.exec(line)?.[1] ?? [])
  const [subject, manifest] = lines.flatMap((line) => {
    const [, sha256, key] = /^([0-9a-f]{64}) {2}([A-Za-z0-9._%~/-]+)$/.exec(line) ?? []
    return sha256 && key ? [{ sha256, key }] : []
  })
  if (!subject || !time || new Date(time).toJSON() !== time || !backupOf(subject.key)) return undefined
  if (marks.some((mark) => parseMark(mark) === undefined)) return undefined
  const statement = { subject, ...(manifest && { manifest }), marks, time }
  return statementText(statement) === text ? statement : undefined
}
