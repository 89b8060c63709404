import { removeInstance } from './stop.ts'

// The guard of an instance runs this when the process that started the instance has ended: NAME DIRECTORY.
const [name, dir] = process.argv.slice(2)
if (name && dir) await removeInstance({ name, dir })
