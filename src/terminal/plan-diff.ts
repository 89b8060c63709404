import type { ChangePreview } from '../change/reports.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { objectText } from './change-text.ts'
import { leftOutOfDiffs, objectsForDiff } from './diff-object.ts'
import type { Look } from './look.ts'
import { toYaml } from './serialize.ts'

/**
 * What a plan would change, by the API server's own dry run, as `kubectl diff` shows it: YAML before and after, unified.
 * Lines that are no part of a diff begin with `#`. Lines over `longest` characters are cut with their length said.
 */
export async function planDiff(
  previews: readonly ChangePreview[],
  { paint }: Look,
  { longest = Number.POSITIVE_INFINITY } = {},
): Promise<string> {
  const remark = (text: string) => `${paint('cyan', escapeForTerminal(`# ${text}`))}\n`
  const parts: string[] = []
  let compared = false
  for (const preview of previews) {
    const { ref, before, after, missing, warnings } = preview
    const object = objectText(ref)
    if (missing !== undefined) parts.push(remark(`${object}: ${missing}`))
    else {
      const lines = await diffOf(preview)
      compared ||= lines.length > 0
      if (lines.length === 0)
        parts.push(remark(before || after ? `${object}: nothing changes` : `${object}: is not there`))
      else
        parts.push(
          ...lines.map(({ text, colour }) => {
            const line = cut(text, longest)
            return `${colour === undefined ? line : paint(colour, line)}\n`
          }),
        )
    }
    for (const warning of warnings) parts.push(remark(`Warning: ${object}: ${warning}`))
  }
  if (compared) parts.unshift(remark(leftOutOfDiffs))
  return parts.join('')
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}

type DiffLine = { text: string; colour?: 'bold' | 'red' | 'green' | 'cyan' }

async function diffOf({ ref, before, after }: ChangePreview): Promise<DiffLine[]> {
  const [old = '', fresh = ''] = await Promise.all(
    objectsForDiff(before, after).map(async (object) => (object ? await toYaml(object) : '')),
  )
  if (old === fresh) return []
  const { structuredPatch } = await import('diff')
  const { hunks } = structuredPatch('', '', old, fresh, undefined, undefined, { context: 3 })
  const name = escapeForTerminal(fileName(ref))
  return [
    { text: `diff -u -N LIVE/${name} MERGED/${name}`, colour: 'bold' },
    { text: `--- LIVE/${name}`, colour: 'bold' },
    { text: `+++ MERGED/${name}`, colour: 'bold' },
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }): DiffLine[] => [
      { text: `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`, colour: 'cyan' },
      ...lines.map(coloured),
    ]),
  ]
}

function coloured(text: string): DiffLine {
  if (text.startsWith('+')) return { text, colour: 'green' }
  return text.startsWith('-') ? { text, colour: 'red' } : { text }
}

// An empty side stands before its first line, as diff has it.
function range(start: number, lines: number): string {
  return lines === 1 ? String(start) : `${lines === 0 ? start - 1 : start},${lines}`
}

// As kubectl names its files: `apps.v1.Deployment.shop.web`.
function fileName({ apiVersion, kind, namespace, name }: ChangePreview['ref']): string {
  return [...apiVersion.split('/'), kind, namespace ?? '', name].join('.')
}
