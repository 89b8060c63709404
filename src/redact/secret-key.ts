/*
 * Which names of settings, environment variables, headers and flags have a secret as their value.
 */

// Wherever they stand in a name.
const strong =
  /pass(?:word|wd|phrase|code)|secret|token|api[-_.]?key|access[-_.]?key|(?:private|encryption|signing|master|shared|account|storage|license|client|server|session|ssh|auth|host|tls)[-_.]?key|key[-_.]?data|credential|connection[-_.]?string|requirepass|masterauth|sharedaccess|webhook[-_.]?url|jaas|htpasswd/
// Where they are the last word.
const last =
  /(?:^|[^a-z])(?:pass|pw|pwd|auth|authorization|cookie|dsn|jwt|bearer|psk|sas|sig|signature|pat|otp|x-vault-token|userpass)$/
// What a name ends in that tells of a secret and does not hold it.
const about =
  /(?:^|[^a-z])(?:names?|files?|filenames?|paths?|refs?|ids?|types?|kinds?|ttl|seconds|minutes|hours|days|expir(?:y|es|ation|ed|ationtimestamp)|counts?|length|size|enabled?|required|polic(?:y|ies)|mounts?|mountpath|dirs?|directory|port|hosts?|user|users|username|alg|algorithm|version|endpoint|namespaces?|ur[li]s?|issuer|audiences?|reviews?|usages?|providers?|class|format|mode|status|state|limit|max|min|timeout|interval|at|since|date|time|timestamp|duration|managed|automount|template|rotation|used|issued|resourceversion|generation|decision|reason|requests?|only|exists|optional|source|sources|storage|store|manager|controller|keys?paces?|fingerprint|prefix|suffix|field|key|strategy|behaviou?r|level|scope|labels?|annotations?|selector|index|options?)$/
const secretAll =
  /(?:api|access|private|encryption|signing|master|shared|account|storage|license|client|server|session|ssh|auth|host|tls|secret|token)[-_. ]?keys?$|secret[-_. ]?id$|webhook[-_.]?url$|(?:secret|token|pass\w*)[-_. ]?data$/
const neutral =
  /(?:[-_. ](?:\d+|data|value|base64|b64|text|string|plain|old|new|current|prev|previous|raw|enc|encoded))+$/

const known = new Map<string, boolean>()

/** Whether what stands under this name is a secret, as far as a name tells. */
export function isSecretKey(name: string): boolean {
  if (name.length > 256) return false
  const remembered = known.get(name)
  if (remembered !== undefined) return remembered
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+$/, '')
  const bare = words.replace(neutral, '')
  const found = last.test(bare) || secretAll.test(bare) || (strong.test(words) && !about.test(bare))
  if (known.size > 10_000) known.clear()
  known.set(name, found)
  return found
}

const placeholder =
  /^(?:true|false|null|nil|none|undefined|yes|no|on|off|\*+|x+|-+|\.+|<(?:none|nil|unset|redacted|masked|hidden|password|secret|token|set to the key [^>]{0,40})>|\[?redacted\]?|\$\{[^}]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|map\[\]|\[\]|\{\}|<nil>)$/i

/** Whether a value says that it is none. */
export function isPlaceholder(value: string): boolean {
  return value === '' || (value.length < 60 && placeholder.test(value))
}

/** Whether it is the working directory of a shell, which has the name of a password: `PWD=/app`. */
export function isDirectory(name: string, value: string): boolean {
  return /^-*(?:old)?pwd$/i.test(name) && /^(?:\\?\/|~|\.{1,2}(?:\/|$)|[A-Za-z]:[\\/]|\$)/.test(value)
}

const prose = new Set(
  `a about after already an and any are as at authentication authorization bad be because been before but by can cannot could denied deleted
  did does doesn error errors exceeded expected expired fail failed failure file for found from get got has have if in incorrect invalid is
  it key mismatch missing must name no non not null of on or permission read reading received refresh rejected required rotated rotation
  should signature skipping so such synced that the there this timeout to too unable unauthorized undefined unexpected unknown unsupported
  updated use used using validation value was were will with wrong you`.split(/\s+/),
)

/** Whether a name tells of a secret only together with what follows it: `Pass: instructs the traffic to skip`. */
export function isWeakKey(name: string): boolean {
  return !strong.test(name.toLowerCase())
}

/** Whether a word after `token:` goes on with a sentence. */
export function isProse(value: string): boolean {
  return prose.has(value.toLowerCase())
}
