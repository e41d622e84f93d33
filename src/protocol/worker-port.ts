/** A Web Worker as the client's port. */
import type { Port } from './client.ts'
import { type Message, unpack } from './packed-page.ts'

/** Wraps a worker; `onCrash` is told when its script cannot be loaded or throws. */
export function workerPort(worker: Worker, onCrash: (message: string) => void): Port {
  return {
    post: (request) => worker.postMessage(request),
    listen: (receive) => {
      worker.onmessage = (event: MessageEvent<Message>) => receive(unpack(event.data))
      worker.onerror = (event) => onCrash(event.message || 'The engine could not be loaded.')
    },
  }
}
