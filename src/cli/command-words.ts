import { shellLine } from '../text/shell.ts'

/** Where records are unless said otherwise. */
export const defaultStateNamespace = 'kubectl-secure'

/** The words of a command line as they may be recorded: a bearer token is nobody's business. */
export function recordable(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (words[index - 1] === '--token') return '***'
    return word.startsWith('--token=') ? '--token=***' : word
  })
}

type Locating = {
  kubeconfig?: string | undefined
  context?: string | undefined
  cluster?: string | undefined
  user?: string | undefined
  server?: string | undefined
  'state-namespace': string
}

/** The flags, among those given, by which another command finds the same cluster and its records: ` --context prod`, or nothing. */
export function locating(flags: Locating): string {
  const names = ['kubeconfig', 'context', 'cluster', 'user', 'server'] as const
  const words = names.flatMap((name) => (flags[name] === undefined ? [] : [`--${name}`, flags[name]]))
  const space = flags['state-namespace']
  if (space !== defaultStateNamespace) words.push('--state-namespace', space)
  return words.length === 0 ? '' : ` ${shellLine(words)}`
}
