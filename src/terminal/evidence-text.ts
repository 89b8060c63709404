import type { Problem } from '../bundle/problems.ts'
import type { Sealed } from '../bundle/seal.ts'
import type { VerifyReport } from '../bundle/verify.ts'
import { escapeLines } from '../text/terminal.ts'

/** What was collected, where it is, and what stands for it: to be written down elsewhere. */
export function collectedText(
  report: { directory: string | undefined; status: string; artefacts: number; requests: number; gaps: unknown[] },
  size: string,
  sealed: Sealed,
): string {
  const { status, artefacts, requests, gaps, directory } = report
  const lines = [
    `${status.toUpperCase()}: ${artefacts} files, ${size}, ${requests} requests, ${gaps.length} gaps`,
    ...sealedLines(sealed),
    ...(directory === undefined ? [] : [`working form, not encrypted: ${directory}`]),
  ]
  return escapeLines(lines)
}

export function sealedText(sealed: Sealed): string {
  return escapeLines(sealedLines(sealed))
}

function sealedLines({ file, digest, journalHead, envelope }: Sealed): string[] {
  return [
    `sealed: ${file}`,
    `SHA-256: ${digest}`,
    `journal head: ${journalHead}`,
    ...(envelope === undefined ? [] : [`signature: ${envelope}`]),
  ]
}

/** What a check of a bundle found. */
export function verifyText(report: VerifyReport): string {
  const { isIntact, form, files, bytes, problems, problemCount, signature, digest, journalHead, head } = report
  const what = { bundle: 'a sealed bundle', case: 'a case that is not sealed', bag: 'a BagIt bag of others' }[form]
  const lines = [
    `${isIntact ? 'INTACT' : 'DAMAGED'}: ${what}, ${files} files, ${bytes} bytes`,
    ...(head ? [`case: ${head.id}, begun ${head.created} by ${head.tool.name} ${head.tool.version}`] : []),
    `signature: ${signatureText(signature)}`,
    ...(digest === undefined ? [] : [`SHA-256: ${digest}`]),
    ...(journalHead === undefined ? [] : [`journal head: ${journalHead}`]),
    ...problems.map(problemLine),
    ...(problemCount > problems.length ? [`and ${problemCount - problems.length} more`] : []),
  ]
  return escapeLines(lines)
}

function signatureText(signature: VerifyReport['signature']): string {
  switch (signature.state) {
    case 'none':
      return 'none'
    case 'unchecked':
      return `there is one, by key ${signature.keyIds.join(', ')}, which says nothing until --public-key checks it`
    case 'valid':
      return `valid, by key ${signature.keyId}`
    case 'bad':
      return 'BAD'
  }
}

function problemLine({ kind, file, line, what }: Problem): string {
  const where = [file, line === undefined ? undefined : `line ${line}`].filter((part) => part !== undefined).join(', ')
  return `${kind}: ${where === '' ? '' : `${where}: `}${what}`
}
