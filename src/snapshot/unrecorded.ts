import { SecureError } from '../errors.ts'

/** What a bundle does not have the answer to: no refusal of the server's, and yet not to be known any more. */
export class Unrecorded extends SecureError {
  constructor(message: string) {
    super('not-found', message)
  }
}
