import { readdirSync } from 'node:fs'
import { deflateSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { GALLERY, scenarioText } from './gallery.ts'

const read = async (file: string): Promise<string> => (await scenarioText(file)) ?? ''

describe('gallery', () => {
  it('lists every file once', () => {
    const files = readdirSync(new URL('.', import.meta.url))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => name.replace('.yaml', ''))
    expect(GALLERY.map((entry) => entry.file).sort()).toEqual(files.sort())
  })

  it.each(GALLERY.map((entry) => entry.file))('%s opens without errors and has a walk that says what it expects', async (file) => {
    const scenario = parseScenario(await read(file))
    expect(scenario.diagnostics.filter((d) => d.severity === 'error')).toEqual([])
    expect(scenario.steps.some((step) => step.kind === 'walk' && step.walk.expect !== null)).toBe(true)
  })

  it('keeps the link of web-and-mysql short', async () => {
    const json = new TextEncoder().encode(JSON.stringify({ yaml: await read('web-and-mysql') }))
    expect(Buffer.from(deflateSync(json, { level: 9 })).toString('base64url').length).toBeLessThan(1400)
  })

  it('places a web pod and its database on different nodes', async () => {
    const cluster = parseScenario(await read('web-and-mysql')).cluster
    const nodeOf = (name: string) => cluster?.pods.find((pod) => pod.meta.name.startsWith(name))?.nodeName
    expect(nodeOf('webapp')).not.toBe(nodeOf('mysql'))
  })
})
