/** Entry of the Web Worker: a server behind `postMessage`. */
import type { Request, Response } from './messages.ts'
import { pack } from './packed-page.ts'
import { createServer, PAGE_RECORDS } from './server.ts'

const turns = new MessageChannel()
const tasks: (() => void)[] = []
turns.port1.onmessage = () => tasks.shift()?.()

/** A message to oneself goes to the end of the queue, behind requests that have already arrived; timers would wait 4 ms. */
function later(task: () => void): void {
  tasks.push(task)
  turns.port2.postMessage(null)
}

const { receive } = createServer({
  post: (response: Response) => {
    const { message, transfer } = pack(response)
    self.postMessage(message, { transfer })
  },
  later,
  pageRecords: PAGE_RECORDS,
})
self.onmessage = (event: MessageEvent<Request>) => receive(event.data)
