/** Field names of the API types that are worth checking for typing errors (k8s.io/api v0.30 core/v1, apps/v1, batch/v1). */
const words = (text: string): readonly string[] => text.split(/\s+/)

export const POD_SPEC_FIELDS = words(
  'activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes',
)
export const CONTAINER_FIELDS = words(
  'args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy resources restartPolicy securityContext startupProbe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir',
)
export const SERVICE_SPEC_FIELDS = words(
  'allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig topologyKeys trafficDistribution type',
)
export const SERVICE_PORT_FIELDS = words('appProtocol name nodePort port protocol targetPort')
export const WORKLOAD_SPEC_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Deployment: words('minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template rollbackTo'),
  ReplicaSet: words('minReadySeconds replicas selector template'),
  ReplicationController: words('minReadySeconds replicas selector template'),
  StatefulSet: words(
    'minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates',
  ),
  DaemonSet: words('minReadySeconds revisionHistoryLimit selector template updateStrategy'),
  Job: words(
    'activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend template ttlSecondsAfterFinished managedBy',
  ),
}
