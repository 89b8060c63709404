import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openServer, type Server } from '../../fuzz/server.ts'
import { openStage, type Stage } from '../../fuzz/stage.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import type { ClusterOptions } from '../../cluster/start-cluster.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import * as words from '../../unit/unused/words.ts'
import { requests } from './act-request.ts'
import { certificateRequest } from './workload.ts'

/** A cluster that logs what our callers do, with bodies, and nothing else. */
export const loggingCluster: Pick<ClusterOptions, 'auditPolicy' | 'apiserverFlags'> = {
  ...quietCluster,
  auditPolicy: {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'RequestResponse', users: words.callers.map(({ username }) => username) }, { level: 'None' }],
  },
  apiserverFlags: [...(quietCluster.apiserverFlags ?? []), '--audit-log-maxsize=100000'],
}

export type Bench = {
  stage: Stage
  /** The API as each of the callers, by their names. */
  callers: Map<string, Server>
  /** The signing requests that wait for an approval, by their names. */
  waiting: Map<string, object>
  /** The lines that a piece of work adds to the log, once there are as many as it says that it sent requests. */
  linesOf(work: () => Promise<number>): Promise<Buffer>
  close(): void
}

/** Opens a cluster for random worlds and acts. */
export async function openBench(cluster: TestCluster): Promise<Bench> {
  const stage = await openStage(cluster)
  const callers = new Map<string, Server>()
  for (const { username, groups } of words.callers) {
    const own = groups.filter((group) => group !== 'system:authenticated')
    callers.set(username, openServer(cluster, await cluster.clientCert(username, own)))
  }
  const waiting = new Map<string, object>()
  for (const signerName of words.signers) {
    const name = words.requestName(signerName)
    const body = { metadata: { name }, spec: { request: certificateRequest(), signerName, usages: ['client auth'] } }
    const got = await stage.server.send({ method: 'POST', path: requests, body })
    waiting.set(name, JSON.parse(got.body) as object)
  }
  const linesOf = async (work: () => Promise<number>): Promise<Buffer> => {
    const start = statSync(cluster.auditLog).size
    const wanted = await work()
    // The last stage of a request is written after its answer.
    for (let tries = 0; tries < 200; tries++) {
      const lines = readFrom(cluster.auditLog, start)
      if (count(lines) >= wanted) return lines
      await sleep(20)
    }
    throw new Error(`the log has ${count(readFrom(cluster.auditLog, start))} lines of ${wanted} requests`)
  }
  const close = () => {
    for (const server of callers.values()) server.close()
    stage.close()
  }
  return { stage, callers, waiting, linesOf, close }
}

function readFrom(file: string, start: number): Buffer {
  const bytes = Buffer.alloc(statSync(file).size - start)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, bytes, 0, bytes.length, start)
  } finally {
    closeSync(handle)
  }
  return bytes
}

function count(lines: Buffer): number {
  return lines.toString('latin1').split('\n').length - 1
}
