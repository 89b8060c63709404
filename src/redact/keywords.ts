import { AhoCorasick } from './aho-corasick.ts'
import { assignment } from './rules/assignment.ts'
import { escapedLine, percentRun } from './rules/nested.ts'
import { privateKey } from './rules/private-key.ts'
import { authScheme, jsonWebToken, passwordHash, tokenRule } from './rules/tokens.ts'
import { pipedPassword, spokenPassword, toolFlag, userFlag } from './rules/commands.ts'
import { driverPassword, urlPassword } from './rules/url.ts'
import { userName } from './rules/user-name.ts'
import { yamlData } from './rules/yaml-block.ts'
import type { Rule } from './scene.ts'
import { tokenShapes } from './token-shapes.ts'

/** What makes a text worth a look: without one of these words there is nothing in it that a rule would find. */
export type Keywords = {
  automaton: AhoCorasick
  rules: readonly Rule[]
  length(word: number): number
  /** From here on they only say that lines have to be read without what stands in front of them. */
  firstOfLines: number
}

const nothing: Rule = () => {}

export function keywords(): Keywords {
  const table: [string, Rule][] = [
    ...[
      'pass',
      'pwd',
      'secret',
      'token',
      'key',
      'credential',
      'auth',
      'cookie',
      'connectionstring',
      'connection_string',
    ].map(pair(assignment)),
    ...[
      'connection-string',
      'dsn',
      'jwt',
      'bearer',
      'psk',
      'sas',
      'sig',
      'pat=',
      'otp',
      'jaas',
      'sharedaccess',
      'webhook',
    ].map(pair(assignment)),
    ['://', urlPassword],
    ...['@tcp(', '@unix('].map(pair(driverPassword)),
    ...[' -u ', ' --user ', ' --user=', '&command=-u&command='].map(pair(userFlag)),
    ...['-p', '-a'].map(pair(toolFlag)),
    ...['--stdin', '--password-stdin', 'chpasswd'].map(pair(pipedPassword)),
    ...['pass', 'secret', 'token'].map(pair(spokenPassword)),
    ...['user "', '--as=', 'impersonate-user: '].map(pair(userName)),
    ['eyj', jsonWebToken],
    ...['bearer ', 'basic '].map(pair(authScheme)),
    ['-----begin', privateKey],
    ...[
      '$2a$',
      '$2b$',
      '$2x$',
      '$2y$',
      '$apr1$',
      '$1$',
      '$5$',
      '$6$',
      '$y$',
      '$argon2',
      '$pbkdf2',
      '{sha}',
      '{ssha}',
    ].map(pair(passwordHash)),
    ...tokenShapes.map((shape): [string, Rule] => [shape.prefix, tokenRule(shape)]),
    ...['\\n', '\\"', '\\u00', '\\x', '\\033[', ':\\/'].map(pair(escapedLine)),
    ['%', percentRun],
    // What only the structure of JSON gives a meaning to.
    ...['"env"', '"username"', '"user"', '"data"', '"stringdata"'].map(pair(nothing)),
  ]
  const lines: [string, Rule][] = [
    ['{\n', nothing],
    ['{\r\n', nothing],
    ['[\n', nothing],
    [': |', nothing],
    [': >', nothing],
    ['data:', yamlData],
    ['stdout p ', nothing],
    ['stderr p ', nothing],
  ]
  const all = [...table, ...lines]
  // A word that two rules go by is one pattern.
  const byWord = new Map<string, Rule[]>()
  for (const [word, rule] of all) byWord.set(word.toLowerCase(), [...(byWord.get(word.toLowerCase()) ?? []), rule])
  const lineWords = new Set(lines.map(([word]) => word))
  const words = [...byWord.keys()].filter((word) => !lineWords.has(word))
  const ordered = [...words, ...lineWords]
  return {
    automaton: new AhoCorasick(ordered, { fold: true }),
    rules: ordered.map((word) => together(byWord.get(word) ?? [])),
    length: (word) => ordered[word]?.length ?? 0,
    firstOfLines: words.length,
  }
}

const pair =
  (rule: Rule) =>
  (word: string): [string, Rule] => [word, rule]

function together(rules: Rule[]): Rule {
  const [only] = rules
  if (rules.length === 1 && only) return only
  return (scene, at, end) => {
    for (const rule of rules) rule(scene, at, end)
  }
}
