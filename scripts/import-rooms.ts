import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

// The rooms of the house, from the ground up (docs/architecture.md). A file imports from its own room and from lower floors.
const floors = [
  ['errors.ts', 'text'],
  ['durable'],
  ['cluster', 'bundle'],
  ['snapshot'],
  ['workload', 'schema'],
  ['rbac', 'network', 'audit-log', 'change'],
  ['attack'],
  ['evidence', 'ship', 'redact', 'risks', 'could-did', 'unused'],
  ['isolation'],
  ['lockdown', 'remediate'],
  ['playbook'],
  ['terminal'],
  ['cli'],
  ['commands'],
  ['main.ts', 'complete.ts'],
]
// Rooms below it get their prompts and progress passed in.
const terminalUsers = new Set(['cli', 'commands', 'main.ts'])

/** Every import that points upwards or sideways, as `file imports file`. */
export function wrongImports(root: string): string[] {
  const files = ['src', 'commands'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, folder, name)),
  )
  const found: string[] = []
  for (const file of files) {
    for (const target of importsOf(file)) {
      if (!isAllowed(roomOf(root, file), roomOf(root, target))) {
        found.push(`${relative(root, file)} imports ${relative(root, target)}`)
      }
    }
  }
  return found
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...specifiers].map(([, specifier = '']) => resolve(dirname(file), specifier))
}

// Commands are loaded by the table in cli/commands.ts, the one arrow that points up: it is what makes them lazy.
function isAllowed(from: string, to: string): boolean {
  if (from === to || to === 'data') return true
  if (from === 'cli' && to === 'commands') return true
  if (to === 'terminal' && !terminalUsers.has(from)) return false
  return floorOf(to) < floorOf(from)
}

function floorOf(room: string): number {
  const floor = floors.findIndex((rooms) => rooms.includes(room))
  if (floor < 0)
    throw new Error(`the room ${room} is not in scripts/import-rooms.ts; docs/architecture.md says where it belongs`)
  return floor
}

function roomOf(root: string, file: string): string {
  if (file.endsWith('.json')) return 'data'
  const [top = '', room = ''] = relative(root, file).split('/')
  return top === 'src' ? room : top
}
