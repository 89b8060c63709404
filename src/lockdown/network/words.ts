import type { ForeignNeed, Need, Source, Word } from '../model.ts'

/** The word of whoever can write an object of this namespace; without one, the cluster's administrators. */
export function wordOf(own: string, namespace = ''): Word {
  if (namespace === '') return { word: 'cluster' }
  return namespace === own ? { word: 'own' } : { word: 'foreign', namespace }
}

/** What is true only if both say so is no better than the weaker word. */
export function weaker(one: Word, other: Word): Word {
  if (one.word === 'foreign') return one
  return other.word === 'own' ? one : other
}

/** Needs with the word of each source: where it is not said, that of the object that declares it. */
export function spoken(own: string, needs: readonly Need[]): Need[] {
  return needs.map((need) => ({
    ...need,
    by: need.by.map((source) =>
      source.word === undefined ? { ...source, ...wordOf(own, source.ref ? source.ref.namespace : own) } : source,
    ),
  }))
}

/** Whether nobody but other namespaces speaks for it. */
export const isForeign = ({ by }: Pick<Need, 'by'>): boolean =>
  by.length > 0 && by.every(({ word }) => word === 'foreign')

/** The namespaces on whose word it is, each once. */
export const speakersOf = ({ by }: Pick<Need, 'by'>): string[] => [
  ...new Set(by.flatMap((source) => (source.word === 'foreign' ? [source.namespace] : []))),
]

/** In the order in which they are to be looked at: tenants come before what runs the cluster, what is let in before what is cut. */
export function rankForeign(needs: readonly ForeignNeed[]): ForeignNeed[] {
  const keyOf = (need: ForeignNeed) => {
    const [first = ''] = speakersOf(need)
    return `${first.startsWith('kube-') ? 1 : 0} ${need.open ? 0 : 1} ${first}`
  }
  return needs
    .map((need) => ({ need, key: keyOf(need) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ need }) => need)
}

/** What is to be read by whoever answers; nothing where nobody else speaks for the namespace. */
export function foreignNotes(needs: readonly ForeignNeed[]): string[] {
  const asked = (some: readonly ForeignNeed[]) => {
    const names = [...new Set(some.flatMap(speakersOf))]
    const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '')
    return `${shown} (who can write there? kubectl secure who-can create pods -n NAMESPACE)`
  }
  const [open, cut] = [needs.filter((need) => need.open), needs.filter((need) => !need.open)]
  return [
    ...(open.length > 0 ? [`opened on the word of other namespaces alone: ${asked(open)}`] : []),
    ...(cut.length > 0 ? [`declared by other namespaces alone, and not let in without --allow: ${asked(cut)}`] : []),
  ]
}

/** `declared: Ingress shop/web`, and on whose word where that is another's. */
export function sourceText(source: Source): string {
  return `${source.how}${source.word === 'foreign' ? ` on the word of ${source.namespace}` : ''}: ${source.what}`
}
