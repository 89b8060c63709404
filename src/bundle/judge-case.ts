import { compare } from './compare.ts'
import type { CaseHead } from './entry.ts'
import { parseHead } from './head.ts'
import { judgeBag } from './judge-bag.ts'
import type { Scan } from './scan.ts'
import { bagFiles, bagit, bagName, caseTime, journalFile } from './tag-files.ts'

const caseFile = 'custody/case.json'
const unfinished = /\.part[1-9]\d{0,5}$/

/** The head of a case, where it can be read. */
export function headOf({ texts }: Scan): CaseHead | undefined {
  try {
    return parseHead(texts.get(caseFile) ?? '', caseFile)
  } catch {
    return undefined
  }
}

/**
 * Holds a bundle of ours against its journal, from which all else in it follows: so what was changed is named, and not what it speaks of.
 * Where the journal itself is not to be trusted the manifests take its place.
 */
export function judgeSealed(scan: Scan, isArchive: boolean): void {
  const { journal, index, problems, seen, base, texts } = scan
  const told = new Set<string>()
  const head = headOf(scan)
  const recorded = index.documents.get(caseFile)
  const isCaseRight = recorded !== undefined && seen.get(caseFile)?.digests.sha256 === recorded.sha256
  if (!journal || tellJournal(scan)) told.add(journalFile)
  else if (isCaseRight && head && journal.last) {
    const { sha256, bytes, lines, last } = journal
    const { files } = bagFiles({ head, index, journal: { sha256, bytes, lines, head: last.hash } })
    compare(scan, files, { isArchive, mayBeThere: () => false })
    if (isArchive) judgeArchive(scan, head)
    return
  }
  if (!journal && !scan.ended) problems.add('missing', 'it was recorded, and is not there', { file: journalFile })
  // What the journal says up to where it is broken is as it was written.
  judgeBag(scan, told, ({ file, digests }) => {
    if (file === 'bagit.txt') return texts.get(file) === bagit
    return (index.kept.get(file) ?? index.documents.get(file))?.sha256 === digests.sha256
  })
  if (isArchive && head && base !== `${bagName(head)}/`)
    problems.add('archive', `its directory is ${JSON.stringify(base)}, and the case is ${JSON.stringify(head.id)}`)
}

/** A case that is worked on: no manifests yet, and files that are being written. */
export function judgeOpenCase(scan: Scan): void {
  const { journal, index, problems } = scan
  if (journal?.broken) problems.add('journal', journal.broken.why, { file: journalFile, line: journal.broken.line })
  if (journal?.broken) return
  const expected = [...index.documents.values(), ...index.kept.values()]
  const mayBeThere = (file: string) => file === journalFile || unfinished.test(file)
  compare(scan, expected, { isArchive: false, mayBeThere })
}

// A journal that was cut at the end of a line is a chain all the same: others have to say what its end was.
function tellJournal({ journal, texts, manifests, problems }: Scan): boolean {
  if (!journal) return false
  if (journal.broken) {
    problems.add('journal', journal.broken.why, { file: journalFile, line: journal.broken.line })
    return true
  }
  const info = texts.get('bag-info.txt')
  const [wasHead, wasLines] = [
    /^Journal-Head: (.*)$/m.exec(info ?? '')?.[1],
    /^Journal-Lines: (.*)$/m.exec(info ?? '')?.[1],
  ]
  const listed = manifests.find(({ name }) => name === 'tagmanifest-sha256.txt')?.digests.get(journalFile)
  const hasWitness = info !== undefined || listed !== undefined
  const isAgreed = listed === journal.sha256 || (!journal.torn && wasHead === journal.last?.hash)
  if (!journal.torn && (isAgreed || !hasWitness)) return false
  const what = journal.torn
    ? 'it is not whole'
    : `the journal ends before it, and had ${wasLines ?? 'other'} lines when it was sealed`
  problems.add('journal', what, { file: journalFile, line: journal.lines + 1 })
  return true
}

function judgeArchive({ base, seen, problems }: Scan, head: CaseHead): void {
  const name = `${bagName(head)}/`
  if (base !== name)
    problems.add('archive', `its directory is ${JSON.stringify(base)}, and has to be ${JSON.stringify(name)}`)
  const time = caseTime(head).getTime() / 1000
  for (const { file, header } of seen.values()) {
    if (header && (!header.isPlain || header.mtime !== time))
      problems.add('archive', 'its header in the archive is not the one that it was sealed with', { file })
  }
}
