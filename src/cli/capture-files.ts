/** `walk --pcapng`: one capture file of everything, or a directory with one for each interface. */
import { version } from '../../package.json'
import { captureOf, capturesByInterface } from '../engine/simulation/capture.ts'
import type { Trace } from '../engine/simulation/trace.ts'
import type { Streams } from './command.ts'

/** What a capture file says it was written by. */
const APPLICATION = `packetwalk ${version}`

/** Into the directory `path` when it is one or ends in '/', else into the file `path`. */
export async function writeCaptures(path: string, traces: readonly Trace[], streams: Streams): Promise<void> {
  if (!path.endsWith('/') && !(await streams.isDirectory(path))) return streams.write(path, captureOf(APPLICATION, traces))
  await streams.makeDirectory(path)
  for (const { where, device, bytes } of capturesByInterface(APPLICATION, traces))
    await streams.write(`${path.replace(/\/+$/, '')}/${fileName(where, device)}`, bytes)
}

/** 'node/worker-1', 'eth0' → 'node_worker-1_eth0.pcapng': no name of Kubernetes holds a '_', and no path a '/' of a name. */
const fileName = (where: string, device: string): string => `${where}_${device}`.replaceAll('/', '_').concat('.pcapng')
