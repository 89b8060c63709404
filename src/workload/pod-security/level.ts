export type Level = 'privileged' | 'baseline' | 'restricted'

/** A version of the Pod Security Standards, which are Kubernetes' own. */
export type PolicyVersion = 'latest' | `v1.${number}`

export type LevelVersion = { level: Level; version: PolicyVersion }

/** The newest minor version in which a check changed that is known here; later ones are judged by it. */
export const newestMinor = 37

/** Source: api.ParseLevel. */
export function parseLevel(text: unknown): Level | undefined {
  return text === 'privileged' || text === 'baseline' || text === 'restricted' ? text : undefined
}

/** `latest` or `v1.` and a minor version without leading zeros, that Go's int holds. Source: api.ParseVersion. */
export function parseVersion(text: unknown): PolicyVersion | undefined {
  if (text === 'latest') return text
  const [, digits] = typeof text === 'string' ? (/^v1\.(0|[1-9][0-9]*)$/.exec(text) ?? []) : []
  if (digits === undefined || BigInt(digits) > 2n ** 63n - 1n) return undefined
  return text as PolicyVersion
}

/** The minor version whose checks are meant: `latest`, and what is newer than all that is known, is the newest known. */
export function minorOf(version: PolicyVersion): number {
  return version === 'latest' ? newestMinor : Math.min(Number(version.slice('v1.'.length)), newestMinor)
}

/**
 * What an API server of a minor version makes of a policy version: `latest`, and versions that are newer than it is, are its
 * own. Source: checkRegistry.EvaluatePod, by the checks that the server's release has.
 */
export function versionOn(serverMinor: number, version: PolicyVersion): PolicyVersion {
  return version !== 'latest' && Number(version.slice('v1.'.length)) < serverMinor ? version : `v1.${serverMinor}`
}

/** `restricted:v1.34`, as in the server's messages. */
export function levelText({ level, version }: LevelVersion): string {
  return `${level}:${version}`
}
