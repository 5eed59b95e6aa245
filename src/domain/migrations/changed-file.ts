// A file that a change touches, as git tells it.

export interface ChangedFile {
  /** `edited` is also a change of mode or of sort (a file that becomes a link). A copy is `added`. */
  readonly change: 'added' | 'edited' | 'renamed' | 'deleted'
  /** Forward slashes, from the repository's root. Of a deleted file, where it was. May hold any sign but NUL. */
  readonly path: string
  /** Where a renamed file was. */
  readonly from?: string
  /** What lies at the path (of a deleted one: what lay there). What a link or submodule holds is not part of the change. */
  readonly sort: 'file' | 'link' | 'submodule'
}
