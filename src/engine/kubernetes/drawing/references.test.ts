/** Renaming a Service: which Walks mean it, and what is said of those who only mention its name. */
import { describe, expect, test } from 'vitest'
import { draw } from './draw.ts'
import { applyChanges } from './drawing.ts'

const TWO_WEBS = ['default', 'shop']
  .map(
    (namespace) => `apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${namespace}}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: ${namespace}}
spec: {containers: [{name: main, image: example}]}
---
`,
  )
  .join('')

const walk = (from: string, to: string): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: w}\nspec: {from: ${from}, to: "${to}"}\n`
const script = (name: string, run: string): string =>
  `---\napiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: ${name}}\nspec: {on: pod/client, run: "${run}"}\n`

function renamed(text: string, namespace: string): { readonly text: string; readonly note: string | null } {
  const result = draw(text, { kind: 'rename', ref: `service/${namespace}/web`, name: 'store' })
  if ('problem' in result) throw new Error(result.problem)
  return { text: applyChanges(text, result.changes), note: result.note }
}

describe('renaming one of two Services web', () => {
  test.each([
    ['shop', 'pod/client', 'http://web:80', 'http://web:80'],
    ['shop', 'pod/shop/client', 'http://web:80', 'http://store:80'],
    ['shop', 'deploy/shop/client', 'http://web/cart', 'http://store/cart'],
    ['default', 'pod/client', 'http://web:80', 'http://store:80'],
    ['default', 'pod/default/client', 'http://web', 'http://store'],
    ['default', 'pod/shop/client', 'http://web:80', 'http://web:80'],
    ['shop', 'pod/client', 'http://web.shop:80', 'http://store.shop:80'],
    ['shop', 'pod/client', 'dns web.shop.svc.cluster.local', 'dns store.shop.svc.cluster.local'],
    ['shop', 'pod/shop/client', 'dns web.default.svc', 'dns web.default.svc'],
    ['shop', 'pod/shop/client', 'http://web.shop.example.com', 'http://web.shop.example.com'],
    ['shop', 'pod/shop/client', 'dns _http._tcp.web SRV', 'dns _http._tcp.store SRV'],
    ['default', 'internet', 'http://web:80', 'http://web:80'],
    ['default', 'node/worker-1', 'ping web', 'ping web'],
    ['shop', 'pod/client', 'tcp://svc/shop/web:80', 'tcp://svc/shop/store:80'],
    ['shop', 'pod/client', 'tcp://svc/web:80', 'tcp://svc/web:80'],
  ])('of %s: from %s to %s becomes %s', (namespace, from, to, after) => {
    expect(renamed(TWO_WEBS + walk(from, to), namespace)).toMatchObject({ text: expect.stringContaining(walk(from, after)), note: null })
  })
})

describe('what is said of Scripts', () => {
  test.each([
    ['true\\ncurl http://web:80', 'Script a mentions "web" and was not changed.'],
    ['kubectl delete service web', 'Script a mentions "web" and was not changed.'],
    ['kubectl delete svc/web', null],
    ['true\\ncurl http://web-2:80', null],
  ])('%s', (run, note) => {
    expect(renamed(TWO_WEBS + walk('pod/client', 'http://web:80') + script('a', run), 'default').note).toBe(note)
  })

  test('names all of them', () => {
    const run = 'true\\ncurl http://web'
    const text = TWO_WEBS + walk('pod/client', 'http://web:80') + script('a', run) + script('b', run)
    expect(renamed(text, 'default').note).toBe('Scripts a, b mention "web" and were not changed.')
  })
})
