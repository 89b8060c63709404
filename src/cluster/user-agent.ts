import about from '../../package.json' with { type: 'json' }

/** How the API server's audit log knows us. */
export const userAgent = `kubectl-secure/${about.version} (${process.platform}/${process.arch})`
