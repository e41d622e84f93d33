// The layer table of docs/architecture.md, proved. Imports run downwards only and never in circles.
const only = (from, to, comment, allowSelf = true) => ({
  name: `layers-${from.replace(/[^a-z]+/g, '-')}`,
  comment,
  severity: 'error',
  from: { path: `^src/${from}`, pathNot: '\\.test\\.tsx?$' },
  to: { path: '^src/', pathNot: [...to.map((t) => `^src/${t}`), ...(allowSelf ? [`^src/${from}`] : [])] },
})
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    only('engine/net/', [], 'net holds values and imports nothing of ours'),
    only('engine/linux/', ['engine/net/'], 'a Linux machine knows no Kubernetes'),
    only('engine/shell/', ['engine/net/', 'engine/linux/'], 'commands act on Linux'),
    only('engine/kubernetes/', ['engine/net/'], 'Kubernetes components write text; they never touch the kernel'),
    only('engine/cloud/', ['engine/net/', 'engine/kubernetes/'], 'cloud edges write text'),
    only('engine/process/', ['engine/net/', 'engine/linux/', 'engine/shell/', 'engine/kubernetes/'], 'programs use sockets'),
    only('engine/narrator/', ['engine/'], 'the narrator reads the engine'),
    only('engine/simulation/', ['engine/'], 'the simulation sees all of the engine'),
    only('protocol/', ['engine/'], 'the protocol sees the engine'),
    only('cli/', ['engine/', 'protocol/share', 'scenarios/', 'index'], 'the command line adds files and exit codes'),
    {
      name: 'app-sees-types-only',
      comment: 'the app gets behaviour through protocol/; of the engine it takes types, and pure formatting from net/',
      severity: 'error',
      from: { path: '^src/app/', pathNot: '\\.(test\\.tsx?|d\\.ts)$' },
      to: { path: '^src/engine/', pathNot: '^src/engine/net/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'features-are-islands',
      comment: 'features import store and ui, never each other',
      severity: 'error',
      from: { path: '^src/app/features/([^/]+)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/app/features/', pathNot: '^src/app/features/$1/' },
    },
    {
      name: 'engine-takes-few-packages',
      severity: 'error',
      from: { path: '^src/engine/', pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: 'node_modules', pathNot: 'node_modules/(yaml|ip-num|@noble/hashes)/' },
    },
    {
      name: 'engine-has-no-node',
      severity: 'error',
      from: { path: '^src/engine/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
}
