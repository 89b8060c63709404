import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The licence texts of all packages that are part of the bundle: whoever passes it on passes these on. */
export function licencesOf(modules: string[]): string {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []))
  return [...folders].sort().map(licenceOf).join('\n')
}

function licenceOf(folder: string): string {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return ''
  const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice)/i.test(file))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`=== ${String(name)} ${String(version)} (${JSON.stringify(license ?? 'see below')})`, ...texts, ''].join('\n')
}
