import { SecureError } from '../errors.ts'

export type WriteOptions = {
  /** The server goes through everything, admission included, and stores nothing. */
  dryRun?: boolean
  /** Gets the text of each `Warning: 299` header, of refusals too. Hostile text. */
  onWarning?: (text: string) => void
}

/** The query of a write: under our name, refusing fields that the server does not know, and storing nothing in a dry run. */
export function withQuery(path: string, options: WriteOptions): string {
  return `${path}?fieldManager=kubectl-secure&fieldValidation=Strict${options.dryRun ? '&dryRun=All' : ''}`
}

/**
 * An answer that is a success and cannot be read leaves a write unsettled: it was carried out, or something answered that is not
 * the API server.
 */
export async function settled<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof SecureError && error.code === 'bad-answer' ? error.with({ unsettled: true }) : error
  })
}
