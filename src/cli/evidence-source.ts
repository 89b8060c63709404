import type { Origin } from '../snapshot/origin.ts'

/** What --snapshot and --identity name. */
export type SnapshotFlags = { snapshot?: string[] | undefined; identity?: string | undefined }

/**
 * The bundle of evidence that --snapshot names, opened; undefined where it names manifests. Throws SecureError: it is damaged, cannot be
 * decrypted, or is not alone.
 */
export async function evidenceSource(flags: SnapshotFlags, namespace: string): Promise<Origin | undefined> {
  const { bundleAmong } = await import('../snapshot/bundle-among.ts')
  const path = await bundleAmong(flags.snapshot ?? [])
  if (path === undefined) return undefined
  const { bundleOrigin } = await import('../snapshot/from-bundle.ts')
  const { identityText } = await import('./evidence-flags.ts')
  return await bundleOrigin(path, { namespace, identity: await identityText(flags.identity) })
}
