import { expect, test } from 'vitest'
import { askCouldDid } from '../../../src/cli/ask-could-did.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { openServer, width } from '../../fuzz/server.ts'
import { openStage } from '../../fuzz/stage.ts'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { evidenceOf } from '../snapshot/same.ts'
import { allQueries, askers, drawRequest, drawRights } from './draw.ts'
import { couldDifferences, didDifferences, logged, type Made, make, nowDifferences } from './trial.ts'

describeWithCluster(
  'control-plane',
  'could beside did',
  (cluster) => {
    test.each([5, 1234])(
      'of random rights and random requests (seed %i): what was done, and what may be done',
      async (seed) => {
        const draw = drawFrom(seed)
        const stage = await openStage(cluster())
        const { snapshot } = await stage.put([])
        // Few enough that requests often ask for what somebody may.
        const queries = draw.some(allQueries(snapshot), 25, 25)
        const servers = new Map(
          await Promise.all(
            askers
              .filter(({ isReal }) => isReal)
              .map(async ({ user, groups }) => {
                return [user, openServer(cluster(), await cluster().clientCert(user, groups))] as const
              }),
          ),
        )
        const since = new Date().toISOString()
        const world = drawRights(draw, queries)
        const { refused } = await stage.put(world)
        expect(refused).toBe(0)
        const requests = Array.from({ length: 400 }, () => ({
          asker: draw.pick(askers),
          query: drawRequest(draw, queries),
        }))
        const made: Made[] = await inParallel(
          requests,
          async ({ asker, query }) => await make(servers.get(asker.user) ?? stage.server, asker, query),
          width,
        )
        // Some of it is taken away, and something is added.
        await stage.clear()
        const kept = world.filter((object) => 'rules' in object || draw.chance(50))
        await stage.put([...kept, ...drawRights(draw, queries).map(renamed)])
        await logged(cluster().auditLog)
        const { file } = await evidenceOf({ kubeconfig: cluster().kubeconfig })
        const report = await askCouldDid({ snapshot: file, 'audit-log': [cluster().auditLog], since })
        expect(report.gaps).toEqual([])
        expect(report.rbac).toMatchObject({ source: 'bundle', taken: expect.any(String) as string })

        expect(didDifferences(report, made)).toEqual([])
        const could = await couldDifferences(report, made, stage.server, snapshot)
        expect(could.wrong).toEqual([])
        const now = await nowDifferences(report, stage.server)
        expect(now.wrong).toEqual([])
        // Where all was refused, or nothing changed, it would prove little.
        expect(made.filter(({ allowed }) => allowed).length).toBeGreaterThan(made.length / 20)
        expect(could.allowed).toBeGreaterThan(could.reviews / 50)
        expect(now.changed).toBeGreaterThan(5)
        // Whoever lost a right that a binding gave, lost it by a write that is in the log.
        for (const { answers, changes } of report.actors) {
          if (answers.some(({ mayNoLonger }) => mayNoLonger.some(({ allowedBy }) => allowedBy)))
            expect(changes.length).toBeGreaterThan(0)
        }
        await stage.clear()
        for (const server of servers.values()) server.close()
        stage.close()
      },
      120_000,
    )
  },
  {
    auditPolicy: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] },
    apiserverFlags: ['--enable-priority-and-fairness=false'],
  },
)

function renamed<T extends { metadata: { name: string }; roleRef?: { name: string } }>(object: T): T {
  const metadata = { ...object.metadata, name: `more-${object.metadata.name}` }
  return {
    ...object,
    metadata,
    ...(object.roleRef && { roleRef: { ...object.roleRef, name: `more-${object.roleRef.name}` } }),
  }
}
