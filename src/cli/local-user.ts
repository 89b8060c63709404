import { userInfo } from 'node:os'

/** Who runs the tool on this machine. A container may run as a user that no file knows. */
export function localUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
