import type { Facts, Kept } from '../../bundle/entry.ts'
import type { Answers } from '../../snapshot/bundle-answers.ts'
import { listRequestPath, type RawList } from '../../snapshot/bundle-layout.ts'
import { answerMeta, type Recorded } from '../../snapshot/list-runs.ts'
import { listAt, objectAt } from '../../snapshot/request-path.ts'
import { type Type, typeKey } from './areas.ts'
import { textAt } from './meaning.ts'
import { type Coverage, objectName } from './side.ts'

/** What is known of a type, and where its objects lie. */
export type Reading = Coverage & { type: Type; files: ReadonlySet<string> }

/** What a bundle has read of each type: the list of all, or else those of namespaces and single objects. */
export function readingsOf(kept: Iterable<Kept>, gaps: Iterable<Facts>, answers: Answers): Map<string, Reading> {
  const lists = new Map<string, RawList>()
  const singles: { list: RawList; file: string }[] = []
  for (const { meta, cut, file } of kept) {
    const answer = answerMeta(meta)
    const path = answer?.path.split('?', 1)[0] ?? ''
    const list = answer?.list ? listAt(path) : undefined
    const single =
      answer && !answer.list && answer.method === undefined && cut === undefined ? objectAt(path) : undefined
    if (list) lists.set(listRequestPath(list), list)
    if (single) singles.push({ ...single, file })
  }
  const refused: { list: RawList; why: string }[] = []
  const gone: { list: RawList; name: string }[] = []
  for (const gap of gaps) {
    const path = textAt(gap['path'])
    const [list, single] = gap['method'] === undefined ? [listAt(path), objectAt(path)] : []
    if (list) refused.push({ list, why: textAt(gap['why']) })
    else if (single && gap['code'] === 'not-found') gone.push(single)
  }

  const recorded = [...lists.values()].flatMap((list) => answers.list(list) ?? [])
  const types = new Map<string, Type>()
  for (const { group, resource } of [...recorded, ...singles, ...refused, ...gone].map(({ list }) => list))
    types.set(typeKey({ group, resource }), { group, resource })
  const readings = new Map<string, Reading>()
  for (const [key, type] of types) {
    const ofType = <T extends { list: RawList }>(all: T[]) => all.filter(({ list }) => typeKey(list) === key)
    readings.set(key, {
      type,
      ...readingOf(ofType(recorded), ofType(singles)),
      gone: new Set(ofType(gone).map(({ list, name }) => objectName(list.namespace ?? '', name))),
      why: whyNotAll(ofType(recorded), ofType(refused)),
    })
  }
  return readings
}

function readingOf(recorded: Recorded[], singles: { file: string }[]) {
  const filesOf = (some: Recorded[]) => some.flatMap(({ pages }) => pages.map(({ file }) => file))
  const all = recorded.find(({ list, lacks }) => list.namespace === undefined && lacks === undefined)
  if (all) return { isWhole: true, namespaces: new Set<string>(), files: new Set(filesOf([all])) }
  const namespaces = recorded.flatMap(({ list, lacks }) => (lacks === undefined ? (list.namespace ?? []) : []))
  const files = new Set([...filesOf(recorded), ...singles.map(({ file }) => file)])
  return { isWhole: false, namespaces: new Set(namespaces), files }
}

function whyNotAll(recorded: Recorded[], refused: { list: RawList; why: string }[]): string {
  const ofAll = ({ list }: { list: RawList }) => list.namespace === undefined
  return (
    refused.find(ofAll)?.why ??
    recorded.find(ofAll)?.lacks ??
    'only objects of some namespaces, or some objects by their names, were collected'
  )
}
