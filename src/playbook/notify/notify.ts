import { SecureError } from '../../errors.ts'
import { type Channel, isSafeAddress, secretAt } from './channels.ts'
import type { Message } from './message.ts'
import { pagerDutyPost, slackPost, webhookPost } from './requests.ts'
import { sendEmail } from './send-email.ts'
import { sendPost } from './send-post.ts'

export type Sent = { sent: true } | { sent: false; why: string }

/** Tells a channel. Never throws: that somebody could not be told must not stop a containment. `why` has no secret in it. */
export async function notify(
  channel: Channel,
  message: Message,
  env: NodeJS.ProcessEnv,
  now: () => Date,
): Promise<Sent> {
  try {
    const why = await send(channel, message, env, now)
    return why === undefined ? { sent: true } : { sent: false, why }
  } catch (error) {
    // Only our own messages are known to have no secret in them.
    return { sent: false, why: error instanceof SecureError ? error.message : 'it could not be sent' }
  }
}

async function send(
  channel: Channel,
  message: Message,
  env: NodeJS.ProcessEnv,
  now: () => Date,
): Promise<string | undefined> {
  switch (channel.type) {
    case 'slack': {
      const url = await secretAt(channel.url, env)
      return isHttps(url) ? await sendPost(slackPost(url, message)) : 'its url is no https:// address'
    }
    case 'pagerduty': {
      const { server = 'https://events.pagerduty.com', severity = 'critical' } = channel
      return await sendPost(pagerDutyPost(server, await secretAt(channel.key, env), severity, message))
    }
    case 'webhook':
      return await sendPost(webhookPost(channel.url, await secretAt(channel.secret, env), message, now()))
    case 'email': {
      const password = channel.password && (await secretAt(channel.password, env))
      return await sendEmail({ ...channel, password }, message)
    }
  }
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && isSafeAddress(new URL(text), 'https:')
}
