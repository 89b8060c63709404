import type { Facts } from '../../bundle/entry.ts'
import type { Artefact, Bundle } from '../../bundle/read.ts'
import { discover } from '../../cluster/discovery.ts'
import { SecureError } from '../../errors.ts'
import { type Answers, indexAnswers } from '../../snapshot/bundle-answers.ts'
import { bodiesOf } from '../../snapshot/bundle-bodies.ts'
import { bundleCluster } from '../../snapshot/bundle-cluster.ts'
import { serverPath } from '../../snapshot/bundle-layout.ts'
import { type Type, typeKey } from './areas.ts'
import { fieldsAt, listAt, textAt } from './meaning.ts'
import { parseExactly } from './parse.ts'
import { type Reading, readingsOf } from './readings.ts'
import type { Found, Side } from './side.ts'

/** A bundle as one side of a diff. Throws SecureError where what is read of it is not as it was recorded (Damage). */
export async function bundleSide(bundle: Bundle): Promise<Side> {
  const gaps: Facts[] = []
  for await (const { gap } of bundle.entries('gap')) gaps.push(gap)
  const kept = [...bundle.kept.values()]
  const answers = indexAnswers(kept, gaps)
  const readings = readingsOf(kept, gaps, answers)
  const isAbsent = await absentTypes(bundle, answers)
  const byFile = new Map<string, Reading>()
  for (const reading of readings.values()) for (const file of reading.files) byFile.set(file, reading)
  return {
    types: [...readings.values()].map(({ type }) => type),
    coverage(type) {
      const nothing = { namespaces: new Set<string>(), gone: new Set<string>() }
      // A type that the server did not have had no objects.
      const none = { ...nothing, isWhole: isAbsent(type), why: 'objects of this type were not collected' }
      return readings.get(typeKey(type)) ?? none
    },
    async *objects(only) {
      const isWanted = ({ file }: { file: string }) => byFile.has(file) && (only?.has(file) ?? true)
      for await (const artefact of bundle.artefacts(isWanted)) {
        const type = byFile.get(artefact.file)?.type
        if (type) yield* objectsIn(artefact, type)
      }
    },
  }
}

const serverFolder = serverPath('/')[0]

/** Which types the server surely did not have. */
async function absentTypes(bundle: Bundle, answers: Answers): Promise<(type: Type) => boolean> {
  const said = [...bundle.kept.values()].filter(({ path, cut }) => path?.[0] === serverFolder && cut === undefined)
  try {
    const { resources, failedGroups } = await discover(bundleCluster(answers, await bodiesOf(bundle, said), ''))
    const served = new Set(resources.map(typeKey))
    const failed = new Set(failedGroups.map((one) => (one.includes('/') ? (one.split('/', 1)[0] ?? '') : '')))
    return (type) => !served.has(typeKey(type)) && !failed.has(type.group)
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'journal') throw error
    return () => false
  }
}

async function* objectsIn({ file, meta, content }: Artefact, type: Type): AsyncGenerator<Found> {
  const parts: Buffer[] = []
  for await (const part of content()) parts.push(part)
  const answer = fieldsAt(parsed(file, Buffer.concat(parts).toString('utf8')))
  const items = meta['list'] === undefined ? [answer] : listAt(answer['items'])
  for (const item of items) {
    const raw = fieldsAt(item)
    // An aggregated server may send anything; what has no name is no object.
    if (textAt(fieldsAt(raw['metadata'])['name']) !== '') yield { type, file, raw }
  }
}

function parsed(file: string, text: string) {
  try {
    return parseExactly(text)
  } catch (cause) {
    throw new SecureError('bad-answer', `${file} is not JSON, though it was taken for a whole answer`, {
      cause,
      hint: 'The server that sent it is not well, or the bundle was made by something else.',
    })
  }
}
