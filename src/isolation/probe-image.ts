/**
 * The image of canaries and of what cuts connections, unless --probe-image names another: Kubernetes' own for its end-to-end tests, for
 * Linux on amd64, arm64, ppc64le and s390x. Another one needs /agnhost (`netexec` and `connect`), a POSIX sh with sed, grep, cut, tr, sort, head,
 * tail and wc, ip, ss and tc of iproute2, and for the helper on the node nsenter: agnhost is built on Alpine with the package iproute2.
 * Source: test/images/agnhost/Dockerfile of Kubernetes.
 */
export const defaultProbeImage = 'registry.k8s.io/e2e-test-images/agnhost:2.53'
