// Builds the catalogue of a store from a listing: everything that the names of keys show.

import type { DrillMark } from '../drill/drill.ts'
import { type BackupId, isBackupName, manifestFile, parseBackupId } from './backup.ts'
import type { BackupEntry } from './catalogue.ts'
import { type Mark, parseMark } from './marks.ts'
import type { Pin } from './pin.ts'

/** An object as a store lists it. */
interface ListedObject {
  readonly key: string
  readonly bytes: number
  readonly modified: Date
}

export interface Catalogue {
  /** Complete backups, newest first. */
  readonly entries: readonly BackupEntry[]
  /** Folders of backups without a manifest: unfinished, or partly deleted. Newest first. */
  readonly incomplete: readonly BackupEntry[]
  /** Keys of files that are not Resguardo's. They are never touched. */
  readonly unknownFiles: readonly string[]
}

interface Draft {
  readonly name: string
  readonly id: BackupId
  isEmpty: boolean
  complete: boolean
  bytes: number
  keys: { key: string; bytes: number; modified: Date }[]
  stored: Date | undefined
  lastWrite: Date
  drills: DrillMark[]
  pins: Pin[]
  keepUntil: Date | undefined
  suspect: boolean
  allTenants: boolean
}

/** Collects objects one by one, so that a listing can be streamed. */
interface CatalogueBuilder {
  add(object: ListedObject): void
  done(): Catalogue
}

/** `keeps` selects the keys, relative to the backup's folder, that entries contain; default: all. */
export function catalogueBuilder(keeps: (path: string) => boolean = () => true): CatalogueBuilder {
  const drafts = new Map<string, Draft | undefined>()
  const unknownFiles: string[] = []
  return {
    add(object) {
      const end = object.key.indexOf('/', object.key.indexOf('/') + 1)
      const folder = object.key.slice(0, Math.max(end, 0))
      let draft = drafts.get(folder)
      if (draft === undefined && !drafts.has(folder)) {
        draft = startDraft(object)
        drafts.set(folder, draft)
      }
      const path = object.key.slice(end + 1)
      if (draft && isPath(path)) extend(draft, object, path, keeps(path))
      else unknownFiles.push(object.key)
    },
    done() {
      const all = [...drafts.values()].flatMap((draft) => (draft && !draft.isEmpty ? [finish(draft)] : []))
      all.sort(newestFirst)
      return { entries: all.filter((e) => e.complete), incomplete: all.filter((e) => !e.complete), unknownFiles }
    },
  }
}

/** False for the empty "folder" objects that S3 consoles create. */
function isPath(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.endsWith('/') && !path.includes('//')
}

/** Returns the backup to whose folder a key belongs, or undefined if there is none. */
export function backupOf(key: string): { readonly name: string; readonly id: BackupId } | undefined {
  const [name = '', idText = '', path] = key.split('/', 3)
  const id = path === undefined ? undefined : parseBackupId(idText)
  return id && isBackupName(name) ? { name, id } : undefined
}

function startDraft(object: ListedObject): Draft | undefined {
  const backup = backupOf(object.key)
  return (
    backup && {
      ...backup,
      isEmpty: true,
      complete: false,
      bytes: 0,
      keys: [],
      stored: undefined,
      lastWrite: object.modified,
      drills: [],
      pins: [],
      keepUntil: undefined,
      suspect: false,
      allTenants: false,
    }
  )
}

function extend(draft: Draft, object: ListedObject, path: string, isKept: boolean): void {
  draft.isEmpty = false
  draft.bytes += object.bytes
  if (isKept) draft.keys.push({ key: object.key, bytes: object.bytes, modified: object.modified })
  if (object.modified > draft.lastWrite) draft.lastWrite = object.modified
  if (path === manifestFile) {
    draft.complete = true
    draft.stored = object.modified
  }
  const mark = parseMark(path)
  if (mark) apply(draft, mark)
}

function apply(draft: Draft, mark: Mark): void {
  if (mark.mark === 'drill') draft.drills.push(mark.drill)
  else if (mark.mark === 'pin') draft.pins.push(mark.pin)
  else if (mark.mark === 'suspect') draft.suspect = true
  else if (mark.mark === 'all-tenants') draft.allTenants = true
  else if (mark.mark === 'keep-until' && (!draft.keepUntil || mark.until > draft.keepUntil))
    draft.keepUntil = mark.until
}

function finish(draft: Draft): BackupEntry {
  const { stored, keepUntil, isEmpty: _, ...rest } = draft
  rest.drills.sort((a, b) => b.time.getTime() - a.time.getTime())
  return { ...rest, stored: stored ?? rest.lastWrite, ...(keepUntil ? { keepUntil } : {}) }
}

/**
 * The order of backups everywhere: newest first by the time in the ID, then by ID and name, so that it is
 * deterministic.
 */
export function newestFirst(a: Pick<BackupEntry, 'id' | 'name'>, b: Pick<BackupEntry, 'id' | 'name'>): number {
  const byId = a.id.text < b.id.text ? 1 : a.id.text > b.id.text ? -1 : 0
  return byId !== 0 ? byId : a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
