/** What kubectl asks the API server to change, and what it says then. */
import { describe, expect, test } from 'vitest'
import type { KubeApi, KubeChange } from './command.ts'
import { testTerminal } from './test-machine.ts'

const WEB = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', labels: { tier: 'front' } },
  spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080 }], selector: { app: 'web' } },
}

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' } }

/** Types a line; what was asked for, and what a person sees. */
function type(line: string): { asked: KubeChange[]; seen: string } {
  const asked: KubeChange[] = []
  const kube: KubeApi = {
    list: (resource) =>
      resource === 'services'
        ? [WEB]
        : resource === 'pods'
          ? [pod('a', 'x'), pod('b', 'x', 'y')]
          : resource === 'deployments'
            ? [DEPLOYMENT]
            : [],
    change: (change) => {
      asked.push(change)
      if (change.verb !== 'apply' && change.name === 'nope')
        return { ok: false, message: 'Error from server (NotFound): pods "nope" not found' }
      return { ok: true, done: change.verb === 'apply' ? 'configured' : change.verb === 'delete' ? 'deleted' : 'scaled' }
    },
    logs: (_namespace, name, container) => (container !== 'x' ? '' : name === 'a' ? 'one\ntwo\n' : 'b1\n'),
  }
  return { asked, seen: testTerminal(kube).see(line) }
}

const pod = (name: string, ...containers: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'web' } },
  spec: { containers: containers.map((container) => ({ name: container })) },
})
const deleted = (name: string, namespace = 'default', resource = 'pods') => ({ verb: 'delete', resource, namespace, name })

describe('kubectl changes', () => {
  test.each<[line: string, asked: readonly object[], seen: string]>([
    ['kubectl delete pod a', [deleted('a')], 'pod "a" deleted\n'],
    ['kubectl delete pod/a svc/web', [deleted('a'), deleted('web', 'default', 'services')], 'pod "a" deleted\nservice "web" deleted\n'],
    ['kubectl -n shop delete po a b', [deleted('a', 'shop'), deleted('b', 'shop')], 'pod "a" deleted\npod "b" deleted\n'],
    ['kubectl delete pods -l app=web', [deleted('a'), deleted('b')], 'pod "a" deleted\npod "b" deleted\n'],
    ['kubectl delete pods --all', [deleted('a'), deleted('b')], 'pod "a" deleted\npod "b" deleted\n'],
    ['kubectl delete pods', [], 'error: resource(s) were provided, but no name was specified\n=> 1\n'],
    ['kubectl delete pod nope', [deleted('nope')], 'Error from server (NotFound): pods "nope" not found\n=> 1\n'],
    [
      'kubectl scale deploy web --replicas=3',
      [{ verb: 'scale', resource: 'deployments', namespace: 'default', name: 'web', replicas: 3 }],
      'deployment.apps/web scaled\n',
    ],
    ['kubectl scale deploy web', [], 'error: required flag(s) "replicas" not set\n=> 1\n'],
    [
      'echo "{kind: Pod, apiVersion: v1, metadata: {name: x}}" | kubectl apply -f -',
      [{ verb: 'apply', text: '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","namespace":"default"}}' }],
      'pod/x configured\n',
    ],
    ['kubectl apply -f x', [], 'error: the path "x" does not exist\n=> 1\n'],
    ['kubectl logs a --tail=1', [], 'two\n'],
    ['kubectl logs -f a', [], 'one\ntwo\n'],
    ['kubectl logs b', [], 'b1\nDefaulted container "x" out of: x, y\n'],
    ['kubectl logs b -c y', [], ''],
    ['kubectl logs b z', [], 'error: container z is not valid for pod b\n=> 1\n'],
    ['kubectl logs svc/web', [], 'one\ntwo\nFound 2 pods, using pod/a\n'],
    ['kubectl logs deploy/x', [], 'error: error from server (NotFound): deployments.apps "x" not found in namespace "default"\n=> 1\n'],
    ['kubectl logs -p a', [], 'Error from server (BadRequest): previous terminated container "x" in pod "a" not found\n=> 1\n'],
    ['kubectl logs a -c', [], "error: flag needs an argument: 'c' in -c\nSee 'kubectl logs --help' for usage.\n=> 1\n"],
    ['echo | kubectl -n shop delete -f -', [], 'error: no objects passed to delete\n=> 1\n'],
    ['kubectl -n default logs a -f', [], 'one\ntwo\n'],
    ['kubectl -n default logs a --follow=true --tail 1', [], 'two\n'],
    ['kubectl --namespace default logs a -fc x', [], 'one\ntwo\n'],
    ['kubectl -n default logs -p a', [], 'Error from server (BadRequest): previous terminated container "x" in pod "a" not found\n=> 1\n'],
    ['kubectl logs a -p=0', [], 'one\ntwo\n'],
    [
      'kubectl logs a --follow=x',
      [],
      'error: invalid argument "x" for "-f, --follow" flag: strconv.ParseBool: parsing "x": invalid syntax\nSee \'kubectl logs --help\' for usage.\n=> 1\n',
    ],
    ['kubectl -n logs delete pod a --follow', [], "error: unknown flag: --follow\nSee 'kubectl delete --help' for usage.\n=> 1\n"],
    ['kubectl delete pod a -Ax', [], "error: unknown shorthand flag: 'x' in -x\nSee 'kubectl delete --help' for usage.\n=> 1\n"],
    ['kubectl -n run delete pod a', [deleted('a', 'run')], 'pod "a" deleted\n'],
    ['kubectl -n top delete pod a', [deleted('a', 'top')], 'pod "a" deleted\n'],
    ['kubectl delete -n exec pod a', [deleted('a', 'exec')], 'pod "a" deleted\n'],
    ['kubectl -n get', [], 'kubectl controls the Kubernetes cluster manager.\n\nUsage:\n  kubectl get RESOURCE [NAME] [options]\n=> 1\n'],
    ['kubectl -A get pods', [], 'Error: flags cannot be placed before plugin name: -A\n=> 1\n'],
    ['kubectl -n shop top pods', [], 'kubectl: top is not modelled\n=> 1\n'],
    ['kubectl delete pod a --grace-period=0', [deleted('a')], 'pod "a" deleted\n'],
    [
      'kubectl delete pod a --force --grace-period=5',
      [],
      'error: --force and --grace-period greater than 0 cannot be specified together\n=> 1\n',
    ],
    [
      'kubectl scale deploy web --replicas=-1',
      [],
      'error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n=> 1\n',
    ],
    [
      'kubectl scale deploy web --replicas=x',
      [],
      'error: invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax\nSee \'kubectl scale --help\' for usage.\n=> 1\n',
    ],
    [
      'echo "kind: Pod" | kubectl apply -f -',
      [],
      'error: error validating "STDIN": error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false\n=> 1\n',
    ],
    ['kubectl exec a -- ls', [], 'error: Internal error occurred: error executing command in container: pod a has no sandbox\n=> 1\n'],
    ['kubectl exec a', [], 'error: you must specify at least one command for the container\n=> 1\n'],
    ['kubectl exec -- ls', [], 'error: pod, type/name or --filename must be specified\n=> 1\n'],
    ['kubectl exec z -- ls', [], 'Error from server (NotFound): pods "z" not found\n=> 1\n'],
    ['kubectl exec b -c z -- ls', [], 'Error from server (BadRequest): container z is not valid for pod b\n=> 1\n'],
    ['kubectl exec a -x -- ls', [], "error: unknown shorthand flag: 'x' in -x\nSee 'kubectl exec --help' for usage.\n=> 1\n"],
    ['kubectl logs z', [], 'error: error from server (NotFound): pods "z" not found in namespace "default"\n=> 1\n'],
  ])('%s', (line, asked, seen) => {
    expect(type(line)).toEqual({ asked, seen })
  })

  test.each<[line: string, seen: string, object: object]>([
    ['kubectl label svc web tier-', 'service/web unlabeled\n', { ...WEB, metadata: { ...WEB.metadata, labels: {} } }],
    ['kubectl label svc web tier- new=1', 'service/web unlabeled\n', { ...WEB, metadata: { ...WEB.metadata, labels: { new: '1' } } }],
    [
      'kubectl annotate svc web a.b/c=d',
      'service/web annotated\n',
      { ...WEB, metadata: { ...WEB.metadata, annotations: { 'a.b/c': 'd' } } },
    ],
    [
      `kubectl patch svc web -p '{"spec": {"ports": [{"port": 80, "targetPort": 9090}], "selector": null}}'`,
      'service/web patched\n',
      { ...WEB, spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 9090 }] } },
    ],
    [
      `kubectl patch svc web --type=merge -p 'spec: {ports: [{port: 81}]}'`,
      'service/web patched\n',
      { ...WEB, spec: { ...WEB.spec, ports: [{ port: 81 }] } },
    ],
  ])('%s', (line, seen, object) => {
    const result = type(line)
    expect(result.seen).toBe(seen)
    const [change] = result.asked
    expect(change?.verb === 'apply' && JSON.parse(change.text)).toEqual(object)
  })

  test('a label that has another value needs --overwrite', () => {
    expect(type('kubectl label svc web tier=back').seen).toBe("error: 'tier' already has a value (front), and --overwrite is false\n=> 1\n")
    expect(type('kubectl label svc web tier=back --overwrite').asked).toHaveLength(1)
  })

  test('describe', () => {
    expect(type('kubectl describe svc web').seen).toBe(`Name:              web
Namespace:         default
Labels:            tier=front
Annotations:       <none>
Selector:          app=web
Type:              ClusterIP
IP Family Policy:  SingleStack
IP Families:       IPv4
IP:                
IPs:               <none>
Port:              http  80/TCP
TargetPort:        8080/TCP
Endpoints:         <none>
Session Affinity:  None
Events:            <none>
`)
  })
})
