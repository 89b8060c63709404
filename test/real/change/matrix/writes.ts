import { openSync, readSync } from 'node:fs'

/** A write that the API server carried out, by its own audit log. */
export type Written = {
  verb: string
  resource: string
  subresource: string
  name: string
  uri: string
  status: number
  /** Whom its sender acted as. */
  as: string
}

type Event = {
  verb: string
  requestURI: string
  user: { username: string }
  impersonatedUser?: { username: string }
  objectRef?: { resource?: string; subresource?: string; name?: string }
  responseStatus?: { code?: number }
  stage: string
}

/** Reads what was written from the audit log of a test cluster; each call gives what is new. */
export class AuditLog {
  readonly #file: number
  #at = 0
  #rest = ''
  readonly #writes: Written[] = []

  constructor(path: string) {
    this.#file = openSync(path, 'r')
  }

  /** The writes of people (not of controllers) on what has `token` in its path, so far. */
  of(token: string): Written[] {
    this.#read()
    return this.#writes.filter(({ uri, name }) => uri.includes(token) || name.includes(token))
  }

  /** Those of who acted as a user, whatever they are on, so far. */
  as(user: string): Written[] {
    this.#read()
    return this.#writes.filter((one) => one.as === user)
  }

  #read(): void {
    const buffer = Buffer.alloc(1024 * 1024)
    for (let size = 1; size > 0; ) {
      size = readSync(this.#file, buffer, 0, buffer.length, this.#at)
      this.#at += size
      const lines = (this.#rest + buffer.toString('latin1', 0, size)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#take(line)
    }
  }

  #take(line: string): void {
    if (/"verb":"(get|list|watch)"/.test(line)) return
    const {
      verb,
      requestURI: uri,
      user,
      impersonatedUser,
      objectRef,
      responseStatus,
      stage,
    } = JSON.parse(line) as Event
    const status = responseStatus?.code ?? 0
    if (stage !== 'ResponseComplete' || user.username.startsWith('system:')) return
    if (uri.includes('dryRun=All') || status < 200 || status > 299) return
    const { resource = '', subresource = '', name = '' } = objectRef ?? {}
    this.#writes.push({
      verb,
      resource,
      subresource,
      name,
      uri,
      status,
      as: impersonatedUser?.username ?? user.username,
    })
  }
}
