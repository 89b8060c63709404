import { createHmac } from 'node:crypto'
import { type Message, oneLine, plainText } from './message.ts'

/** An HTTP POST of JSON; `secret` is what must not be shown of it. */
export type Post = { url: string; headers: Record<string, string>; body: string }

/**
 * Slack's incoming webhook. Its text is of the kind plain_text, in which nothing is markup: no `<!channel>`, no links. The fallback for
 * notifications has the three characters escaped that Slack reads as control. It cannot tell a repetition.
 */
export function slackPost(url: string, message: Message): Post {
  const text = plainText(message)
  const block = { type: 'section', text: { type: 'plain_text', emoji: false, text: cut(text, 3000) } }
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return post(url, { text: cut(escaped, 3000), mrkdwn: false, link_names: false, unfurl_links: false, blocks: [block] })
}

/** PagerDuty's Events API v2: one incident a run, which repetitions do not open again (dedup_key). */
export function pagerDutyPost(server: string, key: string, severity: string, message: Message): Post {
  return post(`${server.replace(/\/+$/, '')}/v2/enqueue`, {
    routing_key: key,
    event_action: 'trigger',
    dedup_key: cut(message.run, 255),
    client: 'kubectl secure',
    payload: {
      summary: oneLine(message.summary, 1024),
      source: 'kubectl-secure',
      severity,
      timestamp: message.time,
      custom_details: { id: message.id, details: message.details.map((line) => oneLine(line, 2000)) },
    },
  })
}

/**
 * Any receiver of ours. `X-Kubectl-Secure-Signature: v1=HMAC-SHA256(secret, TIMESTAMP.BODY)` in hex, with the timestamp beside it in seconds, so that
 * an old message cannot be sent again; `Idempotency-Key` is the same for every try.
 */
export function webhookPost(url: string, secret: string, message: Message, now: Date): Post {
  const { id, run, summary, details, time, repeated } = message
  const body = {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Notification',
    id,
    run,
    summary,
    details,
    time,
    ...(repeated && { repeated }),
  }
  const made = post(url, body)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${made.body}`).digest('hex')
  return {
    ...made,
    headers: {
      ...made.headers,
      'idempotency-key': id,
      'x-kubectl-secure-timestamp': timestamp,
      'x-kubectl-secure-signature': `v1=${signature}`,
    },
  }
}

function post(url: string, body: object): Post {
  return { url, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
