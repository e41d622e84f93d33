/** Runs commands side by side, prints what each says once it is done, and fails when one has failed. */
import { spawn } from 'node:child_process'

const runs = process.argv.slice(2).map(
  (command) =>
    new Promise((resolve) => {
      const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          said += text
        })
      }
      child.on('close', (code) => {
        console.log(`$ ${command}\n${said.trimEnd()}`.trimEnd())
        resolve(code)
      })
    }),
)
const codes = await Promise.all(runs)
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
