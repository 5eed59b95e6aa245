// The fingerprint of the data in a dump's snapshot, and a difference between two fingerprints.

/** One table's rows as COPY wrote them. */
export interface TableFingerprint {
  readonly schema: string
  readonly table: string
  readonly rows: number
  /**
   * SHA-256 (hex) of the COPY text stream: rows with their newlines, without the final `\.`. Absent if only counts are
   * known.
   */
  readonly sha256?: string
  /** Bytes of that stream. */
  readonly bytes?: number
  /** The columns of the COPY statement in its order, unquoted; absent for a table without columns. */
  readonly columns?: readonly string[]
  /**
   * The partitioned table through which the dump loads this partition's rows. Set if a restore may put them into other
   * partitions (hash partitions on an enum, whose hash changes with every restore).
   */
  readonly root?: { readonly schema: string; readonly table: string }
  /**
   * With `root`, and for tables whose rows a restore may reorder: the sum of the rows' SHA-256 (each row with its
   * newline) modulo 2^256, hex. It does not depend on the order of rows.
   */
  readonly rowSum?: string
}

export interface SequenceFingerprint {
  readonly schema: string
  readonly sequence: string
  /** Decimal text, because the value of a sequence has 64 bits. */
  readonly value: string
  readonly called: boolean
}

export interface LargeObjectsFingerprint {
  readonly count: number
  readonly bytes: number
  /** SHA-256 (hex) over lines `<oid> <sha256 of the object>\n`, ascending by oid. */
  readonly sha256: string
}

/** The objects of one kind. */
export interface KindInventory {
  readonly count: number
  /** SHA-256 (hex) over the sorted lines `schema\tname\n`. */
  readonly sha256: string
  /** Absent for kinds whose options may contain a password. */
  readonly definitions?: {
    /** SHA-256 (hex) over lines with the SHA-256 of each definition, in the order of names. */
    readonly sha256: string
    /** The first eight digits of each of these digests, concatenated: they show which definition differs. */
    readonly short: string
  }
}

/**
 * The objects of the catalogue, by kind as pg_dump's table of contents names it: `TABLE`, `INDEX`, `FK CONSTRAINT`,
 * `ACL`.
 */
export interface Inventory {
  readonly objects: Readonly<Record<string, KindInventory>>
}

/**
 * Uses of operators outside pg_catalog in views, constraints and other expressions: operator -> object -> count. The
 * text of a definition does not always show them.
 */
export type OperatorUses = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Fingerprint {
  /**
   * `content`: rows and SHA-256 of every table. `counts`: only exact counts, because the archive's layout was unknown.
   */
  readonly covers: 'content' | 'counts'
  readonly tables: readonly TableFingerprint[]
  readonly sequences: readonly SequenceFingerprint[]
  readonly largeObjects?: LargeObjectsFingerprint
  readonly inventory?: Inventory
  readonly operators?: OperatorUses
}

/** One difference between a backup and the restored data. */
export interface Difference {
  readonly what: 'table' | 'sequence' | 'large-objects' | 'inventory' | 'definition' | 'keys' | 'queue' | 'function'
  /** A display name such as `public."Product"`, or the kind of object. */
  readonly name: string
  /** A whole sentence: `public."Product": 41 rows in the backup, 40 restored`. */
  readonly sentence: string
}
