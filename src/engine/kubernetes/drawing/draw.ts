/** The one way from a gesture to changes of the text. */
import { add, scale } from './add.ts'
import { connect } from './connect.ts'
import { deleteRefs } from './delete.ts'
import { readDrawing } from './drawing.ts'
import { duplicate, paste } from './duplicate.ts'
import type { Drawn, DrawProblem, Gesture } from './gesture.ts'
import { place } from './place.ts'
import { rename } from './rename.ts'

/**
 * What a gesture changes in a text. Comments, order and formatting of everything else stay as they are; the changes do not overlap and stand in
 * ascending order. Never throws: a text with syntax errors and a gesture without meaning are answered with a problem.
 */
export function draw(text: string, gesture: Gesture): Drawn | DrawProblem {
  const drawing = readDrawing(text)
  if ('problem' in drawing) return drawing
  switch (gesture.kind) {
    case 'add':
      return add(drawing, gesture.what, gesture.on)
    case 'connect':
      return connect(drawing, gesture.from, gesture.to)
    case 'place':
      return place(drawing, gesture.pod, gesture.node)
    case 'rename':
      return rename(drawing, gesture.ref, gesture.name)
    case 'duplicate':
      return duplicate(drawing, gesture.refs)
    case 'delete':
      return deleteRefs(drawing, gesture.refs)
    case 'scale':
      return scale(drawing, gesture.ref, gesture.replicas)
    case 'paste':
      return paste(drawing, gesture.text)
  }
}
