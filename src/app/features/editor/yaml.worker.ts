/** monaco-yaml's language service; a file of our own, because the package's worker must be an entry of this build. */
import 'monaco-yaml/yaml.worker.js'
