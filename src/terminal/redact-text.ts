import type { Sealed } from '../bundle/seal.ts'
import type { RedactReport } from '../redact/report.ts'
import { escapeLines } from '../text/terminal.ts'
import { sealedText } from './evidence-text.ts'

const maxFiles = 20

/** What was masked and left out, and what stands for the derivative; never a value. */
export function redactText(report: RedactReport, sealed: Sealed): string {
  const { findings, files, rules, leftOut, unpacked, profile, parent, key, complete } = report
  const most = files.toSorted((one, other) => other.findings - one.findings).slice(0, maxFiles)
  const lines = [
    `${complete ? 'REDACTED' : 'REDACTED, WITH GAPS'}: ${findings} masked in ${files.length} files, profile ${profile}, key ${key}`,
    `of: ${parent.case}${parent.sha256 === null ? '' : `, SHA-256 ${parent.sha256}`}`,
    ...rules.map(({ rule, findings: count }) => `  ${rule}: ${count}`),
    ...most.map(({ file, findings: count }) => `${file}: ${count}`),
    ...(files.length > most.length ? [`and ${files.length - most.length} more files (-o json lists them all)`] : []),
    ...unpacked.map(({ file, as }) => `unpacked: ${file}, as ${as}`),
    ...leftOut.map(({ file, why }) => `LEFT OUT: ${file}: ${why}`),
    ...liveLines(report),
  ]
  return `${escapeLines(lines)}${sealedText(sealed)}`
}

function liveLines({ live }: RedactReport): string[] {
  if (!live) return []
  return [
    `live Secrets: ${live.secrets} read, ${live.searched} values looked for, ${live.notSearched.length} not`,
    ...live.found.map(
      ({ namespace, name, key, files }) => `Secret ${namespace}/${name} key ${key} appears in ${files.join(', ')}`,
    ),
    ...live.refused.map((what) => `not allowed to read: ${what}`),
  ]
}
