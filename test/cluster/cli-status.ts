import { listInstances, readRecord } from './instance.ts'
import { isRunning } from './process-identity.ts'
import { isStale } from './stop.ts'

export interface InstanceStatus {
  name: string
  level: string
  state: string
  server: string
  since: string
}

/** Every instance of this user, with what ended in it. */
export function instanceStatus(): InstanceStatus[] {
  return listInstances().flatMap((instance) => {
    const record = readRecord(instance)
    if (!record) return []
    const ended = record.processes.filter(({ identity }) => !isRunning(identity)).map(({ name }) => name)
    const state = isStale(record) ? 'left over' : !record.ready ? 'starting' : ended.length > 0 ? 'broken' : 'up'
    const { name, level, port, startedAt } = record
    const owner = record.owner ? ` (of process ${record.owner.pid})` : ''
    const what = ended.length > 0 ? `: ${ended.join(', ')} ended` : ''
    return [{ name, level, state: `${state}${what}${owner}`, server: `https://127.0.0.1:${port}`, since: startedAt }]
  })
}
