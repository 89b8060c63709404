import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecureError } from '../../errors.ts'
import { complaintText, readChecked, withSuggestion } from '../../schema/checked-yaml.ts'
import { channelsSchema } from './channels-schema.ts'

/** Where a secret is: never in the file of the channels itself. */
export type SecretPlace = { env: string } | { file: string }

export type Channel =
  | { type: 'slack'; url: SecretPlace }
  | { type: 'pagerduty'; key: SecretPlace; server?: string; severity?: 'critical' | 'error' | 'warning' | 'info' }
  | { type: 'webhook'; url: string; secret: SecretPlace }
  | { type: 'email'; server: string; user?: string; password?: SecretPlace; from: string; to: string[] }

/** The channels that may be told, by the names that playbooks use. A playbook never says where they go. */
export type Channels = { path: string; channels: Record<string, Channel> }

type Around = { env: NodeJS.ProcessEnv; home: string }

/** The file of the channels: `$KUBECTL_SECURE_CHANNELS`, or in the user's configuration. */
export function channelsPath({ env, home }: Around): string {
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config')
  return env['KUBECTL_SECURE_CHANNELS'] || join(config, 'kubectl-secure', 'channels.yaml')
}

/** Reads them; none where there is no file. Throws SecureError `usage` with file, line and what would be right. */
export async function readChannels(around: Around): Promise<Channels> {
  const path = channelsPath(around)
  const isNamed = Boolean(around.env['KUBECTL_SECURE_CHANNELS'])
  if (
    !isNamed &&
    !(await stat(path).then(
      () => true,
      () => false,
    ))
  )
    return { path, channels: {} }
  const { value, complaints } = await readChecked<{ channels: Record<string, Channel> }>(path, channelsSchema)
  if (!value) throw new SecureError('usage', complaintText(path, complaints))
  for (const [name, channel] of Object.entries(value.channels)) checkAddress(path, name, channel)
  return { path, channels: value.channels }
}

/** One of them. Throws SecureError `usage` where there is none of this name. */
export function channelNamed({ path, channels }: Channels, name: string): Channel {
  const channel = Object.hasOwn(channels, name) ? channels[name] : undefined
  if (channel) return channel
  throw new SecureError('usage', withSuggestion(`there is no channel "${name}"`, name, Object.keys(channels)), {
    hint: `channels are in ${path} (docs/playbooks.md)`,
  })
}

/** The secret itself. Throws SecureError `usage` that names its place, and never its value. */
export async function secretAt(place: SecretPlace, env: NodeJS.ProcessEnv): Promise<string> {
  if ('env' in place) {
    const value = env[place.env]
    if (value) return value
    throw new SecureError('usage', `the environment variable ${place.env} is not set, which a channel needs`)
  }
  try {
    return (await readFile(place.file, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    throw new SecureError('usage', `a channel's secret: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Whether an address may be written to: encrypted, or on this machine. */
export function isSafeAddress(url: URL, encrypted: string): boolean {
  return url.protocol === encrypted || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}

function checkAddress(path: string, name: string, channel: Channel): void {
  const [text, encrypted, plain] =
    channel.type === 'email'
      ? [channel.server, 'smtps:', 'smtp:']
      : [
          channel.type === 'webhook' ? channel.url : channel.type === 'pagerduty' ? channel.server : undefined,
          'https:',
          'http:',
        ]
  if (text === undefined) return
  const url = URL.canParse(text) ? new URL(text) : undefined
  const why =
    !url || ![encrypted, plain].includes(url.protocol)
      ? `is no ${encrypted}// address`
      : url.username !== '' || url.password !== ''
        ? 'has a password in it: name it beside, by env or file'
        : channel.type !== 'email' && !isSafeAddress(url, encrypted)
          ? 'is not encrypted: only on this machine may it be'
          : undefined
  if (why !== undefined) throw new SecureError('usage', `${path}: channel ${name}: its address ${why}`)
}
