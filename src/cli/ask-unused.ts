import type { ConnectionOptions } from '../cluster/connect.ts'
import { SecureError } from '../errors.ts'
import { manifestYaml } from '../lockdown/manifest-yaml.ts'
import { canonicalSubject, subjectKey } from '../rbac/identity.ts'
import { unnamedNote } from '../rbac/subject-notes.ts'
import { accountNamed, formatSubject, parseSubject, resolveSubject } from '../rbac/subject-text.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { systemGrants } from '../unused/left-out.ts'
import { manifestsOf } from '../unused/manifests.ts'
import type { Narrowed } from '../unused/narrow.ts'
import { type UnusedReport, unusedReport } from '../unused/report.ts'
import type { Grant } from '../unused/world.ts'
import { prepared, reading } from './ask-audit.ts'
import type { AuditFlags } from './audit-flags.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { withSession } from './session.ts'
import { writeManifests } from './write-manifests.ts'

type UnusedFlags = Omit<AuditFlags, 'snapshot' | 'identity'> & SnapshotFlags & { emit?: string | undefined }

/** The whole of `unused`: a log held against the RBAC of a cluster, of evidence or of manifests. Throws SecureError. */
export async function askUnused(flags: UnusedFlags, connection: ConnectionOptions): Promise<UnusedReport> {
  const { snapshot: paths = [], identity, emit } = flags
  if (emit !== undefined && flags['audit-policy'] === undefined)
    throw new SecureError(
      'usage',
      '--emit needs --audit-policy: without it nobody knows what was not used, and what is not logged',
      {
        hint: 'Name the policy of the API server; where it has none to show (a managed cluster), write down what its provider says it logs.',
      },
    )
  const typed = flags.subject === undefined ? undefined : parseSubject(flags.subject)
  const { bundleAmong } = await import('../snapshot/bundle-among.ts')
  const bundle = await bundleAmong(paths)
  const audit = await prepared({ ...flags, subject: undefined, snapshot: bundle, identity })
  const { snapshot, index } = await withSession({ snapshot: paths, identity }, connection, async (session) => {
    return await session.snapshot(() => ({
      roleBindingsOf: '*',
      pods: typed?.kind === 'Pod',
      named: typed ? accountNamed(typed) : [],
    }))
  })
  const subject = typed && resolveSubject(typed, snapshot)
  const isWanted = await wantedBy(subject, snapshot)
  const { report, narrowed } = await reading(async (onProgress) => {
    const options = { ...audit.options, isWanted, narrow: emit !== undefined, onProgress }
    return await unusedReport(audit.sources, { snapshot, index }, options)
  })
  const whole = {
    ...report,
    complete: report.complete && audit.gaps.length === 0,
    gaps: [...report.gaps, ...audit.gaps],
    notes: [...report.notes, ...(subject && report.grants.length === 0 ? nothingNotes(subject, snapshot) : [])],
  }
  return emit === undefined || !narrowed
    ? whole
    : { ...whole, notes: [...whole.notes, ...(await write(emit, narrowed, whole))] }
}

/** What the question is about: one subject's own grants; else all but the control plane's own. */
async function wantedBy(asked: Subject | undefined, snapshot: Snapshot): Promise<(grant: Grant) => boolean> {
  if (!asked) {
    const isSystem = await systemGrants(snapshot)
    return (grant) => !isSystem(grant)
  }
  const subject = canonicalSubject(asked, undefined)
  const key = subject && subjectKey(subject)
  return (grant) => subjectKey(grant.subject) === key
}

// An empty answer must not read as if all that it holds were in use.
function nothingNotes(subject: Subject, snapshot: Snapshot): string[] {
  const nothing = snapshot.gaps.length === 0 ? 'nothing' : 'nothing that could be read'
  const none = `${nothing} grants ${formatSubject(subject)} itself anything: there is nothing to hold against the log`
  return [unnamedNote(subject, snapshot) ?? [], none].flat()
}

const first = '# kubectl apply -f apply.yaml; kubectl delete -f delete.yaml\n'

/** Writes the manifests, unless they would refuse what was done. Two files: what an earlier question left in the folder must not be applied with them. */
async function write(folder: string, narrowed: Narrowed, { narrowed: told }: UnusedReport): Promise<string[]> {
  if (told && told.replay.denied.length > 0)
    return [`nothing was written to ${folder}: it would refuse what the log shows`]
  const { apply, remove } = manifestsOf(narrowed)
  const text = (objects: object[]) => `${first}${objects.map((object) => `---\n${manifestYaml(object)}`).join('')}`
  const files = [
    { path: 'apply.yaml', text: text(apply) },
    { path: 'delete.yaml', text: text(remove) },
  ]
  await writeManifests(folder, files, '--emit')
  return [
    `${folder} has apply.yaml (${apply.length} objects) and delete.yaml (${remove.length}): kubectl apply -f the one, then kubectl delete -f the other; labels and annotations that an earlier apply gave them go`,
  ]
}
