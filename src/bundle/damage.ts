import { SecureError } from '../errors.ts'

/** What can be wrong with a bundle. */
export type ProblemKind =
  | 'changed' // a file is not as it was recorded
  | 'missing'
  | 'added'
  | 'renamed'
  | 'reordered'
  | 'duplicate'
  | 'collision' // two names that some file systems take for one
  | 'path' // a name that leads elsewhere, or that is outside the encoding
  | 'type' // a link, a device
  | 'fetch' // BagIt's fetch.txt: what is elsewhere was not sealed
  | 'journal' // a line of custody/journal.jsonl
  | 'bag' // not a bag, or not one as RFC 8493 has it
  | 'archive' // the archive around the files: its digest, its headers
  | 'gzip'
  | 'tar'
  | 'truncated'
  | 'trailing'
  | 'too-large'
  | 'unread' // what could not be looked at, as reading ended before
  | 'signature'

/** A bundle that cannot be read on. */
export class Damage extends SecureError {
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, message: string) {
    super('journal', message, { hint: '`kubectl secure evidence verify` tells all that is wrong with it.' })
    this.kind = kind
  }
}
