/** Which test files run first: the nearest to what is mutated, since they fail soonest. Last is the one that runs the tests with mutations. */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** How many folders lie between, and one less for the test file of the same name. */
export function distance(testFile: string, mutated: string): number {
  const from = testFile.split('/').slice(0, -1)
  const to = mutated.split('/').slice(0, -1)
  const shared = from.findIndex((folder, index) => folder !== to[index])
  const common = shared === -1 ? from.length : shared
  const isItsOwn = testFile.replace(/\.test\.ts$/, '.ts') === mutated
  return from.length + to.length - 2 * common - (isItsOwn ? 1 : 0)
}

export default class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const mutated = process.env.MUTATED ?? ''
    const far = (file: TestSpecification): number => {
      const name = relative(process.cwd(), file.moduleId)
      return name.startsWith('scripts/') ? Number.POSITIVE_INFINITY : distance(name, mutated)
    }
    return files.sort((a, b) => Math.sign(far(a) - far(b)) || a.moduleId.localeCompare(b.moduleId))
  }
}
