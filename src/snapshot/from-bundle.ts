import { readBundle } from '../bundle/read.ts'
import type { Facts, Kept } from '../bundle/entry.ts'
import { indexAnswers } from './bundle-answers.ts'
import { bodiesOf } from './bundle-bodies.ts'
import { bundleCluster } from './bundle-cluster.ts'
import { bundleReader } from './bundle-reader.ts'
import { serverPath } from './bundle-layout.ts'
import type { Origin } from './origin.ts'
import { standardObjects } from './question-kinds.ts'

/**
 * A bundle (sealed, unpacked, or a case that is worked on) as a cluster to ask questions of, as it was when the evidence was taken. Only what
 * a question needs is unpacked. Throws SecureError: it is none, is encrypted, or what is needed of it is not as it was recorded (Damage).
 */
export async function bundleOrigin(
  path: string,
  options: { namespace: string; identity?: string | undefined },
): Promise<Origin> {
  const bundle = await readBundle(path, { identity: options.identity })
  const gaps: Facts[] = []
  for await (const { gap } of bundle.entries('gap')) gaps.push(gap)
  const kept = [...bundle.kept.values()]
  const answers = indexAnswers(kept, gaps)
  const said = await bodiesOf(bundle, kept.filter(isOfServer))
  const { created, id } = bundle.head
  return {
    source: { kind: 'bundle', path, taken: created },
    cluster: bundleCluster(answers, said, options.namespace),
    reader: (found, kinds) => {
      let reading: Promise<Map<string, Buffer>> | undefined
      const bodies = () =>
        (reading ??= kinds().then((known) => bodiesOf(bundle, answers.files([...known, ...standardObjects]))))
      return bundleReader(answers, bodies, found)
    },
    notes: [`answered from the evidence of the case ${id}, which was begun at ${created}`],
  }
}

const serverFolder = serverPath('/')[0]

function isOfServer({ path, cut }: Kept): boolean {
  return path?.[0] === serverFolder && cut === undefined
}
