import { AhoCorasick } from './aho-corasick.ts'
import { alphanumeric } from './chars.ts'
import type { Span } from './span.ts'

/** Names of people and machines that are known from elsewhere in the bundle, to be found in any text. */
export type Names = {
  find(text: string, spans: Span[]): void
}

// Kubernetes' own, which every cluster has.
const ofEverybody =
  /^(?:system:|kube(?:-|rnetes|let)|masterclient$|minikube(?:-user)?$|(?:cluster-)?admin(?:istrator)?$|root$|anonymous$|default$|unknown$|localhost$|docker-desktop$)/

/** Whether a user's name may be somebody's. Those of Kubernetes itself are not, nor are service accounts. */
export function isPersonal(user: string): boolean {
  return user !== '' && !ofEverybody.test(user) && !/^(?:user:[0-9A-F]{16}|\xe2\x80\xb9)/.test(user)
}

/** Whether a name is so much its own that it can be looked for in any text: a node that is called `node` cannot. */
export function isDistinct(name: string): boolean {
  if (name.length < 5 || ofEverybody.test(name)) return false
  return /[\d.@_]/.test(name) || /-.*-/.test(name) || name.length >= 12
}

/** `known`: names by type; those that are not distinct are not looked for. */
export function namesOf(known: ReadonlyMap<string, 'user' | 'host'>): Names {
  const list = [...known].filter(([name]) => isDistinct(name))
  const automaton = new AhoCorasick(
    list.map(([name]) => name),
    { fold: false },
  )
  return {
    find(text, spans) {
      automaton.scan(text, (index, end) => {
        const [name = '', type = 'user'] = list[index] ?? []
        const start = end - name.length
        const isApart = alphanumeric[text.charCodeAt(start - 1)] !== 1 && alphanumeric[text.charCodeAt(end)] !== 1
        if (isApart) spans.push({ start, end, rule: type, type, value: name })
      })
    },
  }
}
