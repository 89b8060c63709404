import { createHash } from 'node:crypto'
import { escapeForTerminal } from '../text/terminal.ts'
import type { CaseHead } from './entry.ts'
import { type Index, inOrder } from './index.ts'
import { encodePart } from './path-name.ts'

export const journalFile = 'custody/journal.jsonl'
export const bagit = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'

export type Facts = {
  head: CaseHead
  index: Index
  journal: { sha256: string; bytes: number; lines: number; head: string }
}
type Listed = { file: string; sha256: string; bytes: number }

/** The bag's name, and its directory in the archive. */
export const bagName = ({ id }: CaseHead): string => encodePart(id)

/** The times in the archive. */
export const caseTime = ({ created }: CaseHead): Date => new Date(Math.floor(Date.parse(created) / 1000) * 1000)

/**
 * The files of a bag (RFC 8493) in the order of the archive: those that follow from the journal with their content, the others as the journal
 * has them. Whoever reads the archive once knows what is to come before it comes.
 */
export function bagFiles(facts: Facts): { files: (Listed & { content?: Buffer })[]; manifestDigest: string } {
  const { index, journal } = facts
  const payload = inOrder(index.kept.values())
  const made = (file: string, text: string) => {
    const content = Buffer.from(text)
    return { file, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length, content }
  }
  const tags = [
    made('bagit.txt', bagit),
    made('bag-info.txt', bagInfo(facts, payload)),
    { file: journalFile, sha256: journal.sha256, bytes: journal.bytes },
    ...inOrder(index.documents.values()),
    made('manifest-sha256.txt', payload.map(line).join('')),
  ]
  const tagManifest = made('tagmanifest-sha256.txt', inOrder(tags).map(line).join(''))
  return { files: [...tags, tagManifest, ...payload], manifestDigest: tagManifest.sha256 }
}

// No name in a case holds what a manifest would have to escape.
const line = ({ file, sha256 }: Listed) => `${sha256}  ${file}\n`

function bagInfo({ head, journal }: Facts, payload: Listed[]): string {
  const bytes = payload.reduce((sum, one) => sum + one.bytes, 0)
  const fields = {
    'External-Identifier': head.id,
    'Bagging-Date': caseTime(head).toISOString().slice(0, 10),
    'Bag-Software-Agent': `${head.tool.name} ${head.tool.version}`,
    'Payload-Oxum': `${bytes}.${payload.length}`,
    'Journal-Lines': String(journal.lines),
    'Journal-Head': journal.head,
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${escapeForTerminal(value)}\n`)
    .join('')
}
