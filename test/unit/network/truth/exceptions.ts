/** Where another project's expectation is not ours, with the reason. An exception that is not needed fails the test. */
export type Exception = { dirs: string[]; why: string }

/** Whole directories of netpol-analyzer whose expectations rest on objects that no policy evaluation of ours reads. */
export const otherNetworks: Exception = {
  why:
    'They are about other networks than the cluster network: UserDefinedNetworks (OVN-Kubernetes) and MultiNetworkPolicies on ' +
    'networks of Multus. For pods of a namespace with a primary network of its own we say unknown; policies of secondary networks ' +
    'are no policies of the cluster network.',
  dirs: [
    'cudn_test_3',
    'cudn_test_4',
    'nad_test_12',
    'nad_test_13',
    'nad_test_14',
    'nad_test_15',
    'nad_test_16',
    'nad_test_17',
    'nad_test_4',
    'nad_test_5',
    'nad_test_6',
    'udn_and_vms_test_1',
    'udn_and_vms_test_5',
    'udn_test_1',
    'udn_test_2',
    'udn_test_4',
    'udn_with_ingress_controller',
  ],
}

/** Lines from `{ingress-controller}`: it derives from Ingress and Route objects what an ingress controller may send. */
export const ingressController: Exception = {
  why: 'An ingress controller is a pod like others; which one serves an Ingress, and from where, the objects do not say.',
  dirs: ['acs-security-demos-with-netpol-list', 'k8s_ingress_test', 'multiple_ingress_objects_with_different_ports'],
}

/** Compared with `hostNetwork` taken out of the pods: with it, we differ. */
export const hostNetwork: Exception = {
  why: 'netpol-analyzer treats pods on the host network as other pods; Kubernetes and every CNI leave them out of policies.',
  dirs: [
    'ipblockstest',
    'ipblockstest_4',
    'multiple_topology_resources_1',
    'semanticDiff-same-topologies-new1',
    'semanticDiff-same-topologies-new1a',
    'semanticDiff-same-topologies-old3',
  ],
}
