import { setTimeout as sleep } from 'node:timers/promises'
import type { Post } from './requests.ts'

const tries = 3
const longestWait = 10_000

/**
 * Sends it, up to three times where the receiver is busy, broken or silent. Follows no redirect: where a message goes is in the file of the channels alone.
 * Returns why it did not arrive, or undefined; the address may be a secret, so it is not said.
 */
export async function sendPost({ url, headers, body }: Post, timeout = 10_000): Promise<string | undefined> {
  let why = ''
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    let wait = 250 * 2 ** attempt
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      })
      await answer.body?.cancel()
      if (answer.ok) return undefined
      why =
        answer.status >= 300 && answer.status < 400
          ? `it answers with a redirect (${answer.status}), which is not followed`
          : `it answers ${answer.status}`
      if (answer.status !== 429 && answer.status < 500) return why
      const asked = Number(answer.headers.get('retry-after')) * 1000
      if (asked > 0) wait = Math.min(asked, longestWait)
    } catch (error) {
      why = causeOf(error)
    }
    if (attempt < tries) await sleep(wait)
  }
  return `${why} (${tries} tries)`
}

// The messages of fetch have the address in them where it is malformed; its codes do not.
function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  const { cause } = error as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? `no connection (${cause.code})` : 'it cannot be sent there'
}
