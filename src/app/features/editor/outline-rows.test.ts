import { describe, expect, test } from 'vitest'
import { parseScenario } from '../../../engine/kubernetes/manifest.ts'
import { matchingDocuments, worstIn } from './outline-rows.ts'

const { documents, diagnostics } = parseScenario(`apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: lost}
spec: {from: pod/nobody, to: "http://web/"}
`)
const names = (words: string): readonly string[] => matchingDocuments(documents, words).map(({ kind, name }) => `${kind} ${name}`)

describe('what is shown', () => {
  test.each([
    ['', ['Pod web', 'Service web', 'Walk lost']],
    ['web', ['Pod web', 'Service web']],
    ['serv we', ['Service web']],
    ['SHOP', ['Service web']],
    ['service/web', ['Service web']],
    ['nothing', []],
  ])('%j', (words, expected) => {
    expect(names(words)).toEqual(expected)
  })
})

test('what is wrong with each', () => {
  expect(documents.map((document) => worstIn(document, diagnostics))).toEqual([null, 'warning', 'error'])
})
