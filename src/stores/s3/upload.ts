// The requests of one multipart upload: begin, send parts, complete and confirm, or abort and clean up.
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { Failure } from '../../domain/failures/failure.ts'
import { unlessAborted } from '../../domain/failures/interruption.ts'
import { settledWithin } from '../../streams/time-limits.ts'
import { answerLost, type Connection, type S3Request } from './client.ts'
import { badDigest, etagSays, md5, multipartEtag } from './digests.ts'
import { s3Code, s3Failure } from './errors.ts'
import { aborting, encryption, head, place, storageClass } from './object.ts'
import { abortUpload, openUploads } from './unfinished.ts'

/** Seconds that cleanup may take in all, and that it waits for the answer to a request before it cancels the request. */
const limits = {
  interrupted: { all: 1.2, answer: 0.6 },
  failed: { all: 8, answer: 3.5 },
}
/** Seconds after which cleanup checks again for the result of a request without an answer. */
const secondLookAfter = 0.5

/** What may be visible under the key. */
interface Visible {
  readonly etag: string
  readonly bytes: number
  /** An answer confirmed that the object is ours. */
  isCertain: boolean
  /** A request had no answer: the server may still complete the object. */
  isAnswerLost: boolean
}

/** One key being uploaded. Methods throw Failure; `abandon` never throws. */
export class Upload {
  readonly #connection: Connection
  readonly #key: string
  readonly #where: string
  readonly #md5s: Buffer[] = []
  readonly #etags: string[] = []
  /** Cancels the requests that begin and end the upload; parts have the signal of the writer. */
  readonly #cancelling = new AbortController()
  #id: Promise<string> | undefined
  #beginLost = false
  /** The request that makes the object visible. */
  #ending: Promise<unknown> = Promise.resolve()
  readonly #limit = new AbortController()
  /** Options of cleanup requests, which end at the limit. */
  readonly #cleaning = { attempts: 4, signal: this.#limit.signal }
  #visible: Visible | undefined

  constructor(connection: Connection, key: string) {
    this.#connection = connection
    this.#key = key
    this.#where = `${connection.address}/${key}`
  }

  /** Sends part `number` (from 1). The bytes must not change until it resolves. */
  async sendPart(number: number, body: Buffer, signal: AbortSignal): Promise<void> {
    this.#id ??= this.#begin()
    const id = await this.#id
    const digest = md5(body)
    this.#md5s[number - 1] = digest
    const input = { ...place(this.#connection, this.#key), UploadId: id, PartNumber: number, Body: body }
    this.#etags[number - 1] = await this.#connection.ask(
      `upload part ${number} of ${this.#where}`,
      async (client, sdk) => {
        const command = new sdk.UploadPartCommand({ ...input, ContentMD5: digest.toString('base64') })
        const answer = await client.send(command, aborting(signal))
        if (this.#etagSays(digest.toString('hex'), answer) === 'other') throw badDigest()
        return answer.ETag ?? ''
      },
      { signal },
    )
  }

  /** Combines the parts into one object. Resolves to whether the store's digest of it equals ours. */
  async complete(bytes: number, signal: AbortSignal): Promise<boolean> {
    const expected = { etag: multipartEtag(this.#md5s), bytes }
    const Parts = this.#etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }))
    const input = { ...place(this.#connection, this.#key), UploadId: await this.#id, MultipartUpload: { Parts } }
    const visible = { ...expected, isCertain: false, isAnswerLost: false }
    const { signal: cancelled } = this.#cancelling
    await this.#end(`complete the upload of ${this.#where}`, visible, signal, async (client, sdk) => {
      try {
        await client.send(new sdk.CompleteMultipartUploadCommand(input), aborting(cancelled))
        visible.isCertain = true
      } catch (thrown) {
        // An earlier attempt without an answer has completed it: the check of the existing object decides.
        if (!visible.isAnswerLost || s3Code(thrown) !== 'NoSuchUpload') throw thrown
      }
    })
    const confirmed = this.#confirm(await head(this.#connection, this.#key, { signal }), expected)
    if (this.#beginLost) await this.#abortAllOfKey()
    return confirmed
  }

  /** Puts a small object in one request. Resolves to whether the store's digest equals ours. */
  async putWhole(body: Buffer, signal: AbortSignal): Promise<boolean> {
    const digest = md5(body)
    const etag = digest.toString('hex')
    const visible = { etag, bytes: body.length, isCertain: false, isAnswerLost: false }
    const { signal: cancelled } = this.#cancelling
    const input = {
      ...place(this.#connection, this.#key),
      ...encryption(this.#connection),
      ...storageClass(this.#connection),
    }
    const answer = await this.#end(`write ${this.#where}`, visible, signal, async (client, sdk) => {
      const command = new sdk.PutObjectCommand({ ...input, Body: body, ContentMD5: digest.toString('base64') })
      const put = await client.send(command, aborting(cancelled))
      visible.isCertain = true
      if (this.#etagSays(etag, put) === 'other') throw badDigest()
      return put
    })
    return this.#etagSays(etag, answer) === 'same'
  }

  /**
   * Removes what was uploaded, the upload itself and, if `complete` or `putWhole` failed without an answer, the object.
   * The running parts must have been cancelled; `partsSettled` resolves when they have ended.
   */
  async abandon(partsSettled: Promise<unknown>, isInterrupted: boolean): Promise<void> {
    const { all, answer } = limits[isInterrupted ? 'interrupted' : 'failed']
    const done = new AbortController()
    const limit = this.#connection.clock.sleep(all, done.signal).then(
      () => this.#limit.abort(),
      () => undefined,
    )
    try {
      // Cleanup can find the result of a request with an answer. A server may complete a cancelled request later.
      const ended = settledWithin(this.#ending, answer)
      const id = this.#id && (await settledWithin(this.#id, answer))
      await Promise.all([partsSettled, ended])
      this.#cancelling.abort()
      await this.#ending.catch(() => undefined)
      if (this.#id) {
        if (id !== undefined) await abortUpload(this.#connection, this.#key, id, this.#cleaning)
        if (id === undefined || this.#beginLost) await this.#abortAllOfKey()
      }
      if (this.#visible) await this.#removeIfOurs(this.#visible)
    } catch {
      // Best effort: prune finds open uploads, and objects of backups without a manifest.
    }
    done.abort()
    await limit
  }

  async #begin(): Promise<string> {
    const input = {
      ...place(this.#connection, this.#key),
      ...encryption(this.#connection),
      ...storageClass(this.#connection),
    }
    const { signal } = this.#cancelling
    const answer = await this.#connection.ask(
      `start the upload of ${this.#where}`,
      async (client, sdk) => {
        try {
          return await client.send(new sdk.CreateMultipartUploadCommand(input), aborting(signal))
        } catch (thrown) {
          this.#beginLost ||= answerLost(thrown)
          throw thrown
        }
      },
      { signal },
    )
    if (!answer.UploadId)
      throw new Failure('s3/request-failed', `could not start the upload of ${this.#where}: the store returned no ID`)
    return answer.UploadId
  }

  /**
   * Sends the request that makes the object visible. The signal rejects at once and ends retries; `abandon` waits for
   * the answer.
   */
  #end<T>(doing: string, visible: Visible, signal: AbortSignal, send: S3Request<T>): Promise<T> {
    this.#visible = visible
    const request = this.#connection.ask<T>(
      doing,
      async (client, sdk) => {
        try {
          return await send(client, sdk)
        } catch (thrown) {
          visible.isAnswerLost ||= answerLost(thrown)
          throw thrown
        }
      },
      { signal },
    )
    this.#ending = request
    return unlessAborted(request, signal)
  }

  /**
   * If the answer to the begin request was lost, the upload ID is not known. Keys are used once, so every upload of
   * this key is ours. The server may still be processing the request, so this looks twice.
   */
  async #abortAllOfKey(): Promise<void> {
    for (const delay of [0, secondLookAfter]) {
      await this.#connection.clock.sleep(delay, this.#limit.signal)
      for await (const upload of openUploads(this.#connection, this.#key, this.#cleaning)) {
        if (upload.key === this.#key) await upload.remove()
      }
    }
  }

  async #removeIfOurs({ etag, bytes, isCertain, isAnswerLost }: Visible): Promise<void> {
    let there = await head(this.#connection, this.#key, this.#cleaning)
    if (!there && isAnswerLost) {
      await this.#connection.clock.sleep(secondLookAfter, this.#limit.signal)
      there = await head(this.#connection, this.#key, this.#cleaning)
    }
    if (!there) return
    if (!isCertain && (there.ContentLength !== bytes || this.#etagSays(etag, there) === 'other')) return
    await this.#connection.ask(
      `remove ${this.#where}`,
      (client, sdk) =>
        client.send(new sdk.DeleteObjectCommand(place(this.#connection, this.#key)), aborting(this.#cleaning.signal)),
      this.#cleaning,
    )
  }

  #confirm(there: HeadObjectCommandOutput | undefined, expected: { etag: string; bytes: number }): boolean {
    const doing = `verify ${this.#where}`
    if (!there)
      throw s3Failure(Object.assign(new Error('the completed object does not exist'), { name: 'InvalidPart' }), doing)
    const says = this.#etagSays(expected.etag, there)
    if (there.ContentLength === expected.bytes && says !== 'other') return says === 'same'
    throw new Failure(
      'store/upload-mismatch',
      `${this.#where} differs from the uploaded bytes: ${there.ContentLength} bytes, ETag ${there.ETag}`,
      {
        hint: `Expected ${expected.bytes} bytes, ETag ${expected.etag}. The object does not count as stored. Run the backup again.`,
      },
    )
  }

  #etagSays(expected: string, answer: Parameters<typeof etagSays>[1]) {
    return etagSays(expected, answer, this.#connection.settings.sse)
  }
}
