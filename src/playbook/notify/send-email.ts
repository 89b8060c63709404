import type { Message } from './message.ts'
import { oneLine, plainText } from './message.ts'
import { isSafeAddress } from './channels.ts'

type Mailbox = { server: string; user?: string | undefined; password?: string | undefined; from: string; to: string[] }

/**
 * Sends it as plain text. The id of the message is its Message-ID: mailboxes show a repetition once. A server elsewhere has to encrypt, from the start
 * or by STARTTLS. Returns why it did not go out, or undefined.
 */
export async function sendEmail(mailbox: Mailbox, message: Message, timeout = 10_000): Promise<string | undefined> {
  const { createTransport } = await import('nodemailer')
  const url = new URL(mailbox.server)
  const secure = url.protocol === 'smtps:'
  const { user, password } = mailbox
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !isSafeAddress(url, 'smtps:'),
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from: mailbox.from,
      to: mailbox.to,
      subject: oneLine(message.summary, 200),
      text: plainText(message),
      messageId: `<${message.id}@kubectl-secure.invalid>`,
      headers: { 'auto-submitted': 'auto-generated' },
    })
    return undefined
  } catch (error) {
    const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
    const said = typeof responseCode === 'number' ? `, it answers ${responseCode}` : ''
    return `the mail server did not take it (${typeof code === 'string' ? code : 'unknown'}${said})`
  } finally {
    transport.close()
  }
}
