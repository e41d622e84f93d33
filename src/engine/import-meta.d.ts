/** What Vite, which builds everything here, makes of `import.meta.glob`: the one of its additions to the language that the engine uses. */
interface ImportMeta {
  /** The export of that name of each file that fits the patterns, by path. */
  glob<T>(patterns: readonly string[], options: { readonly eager: true; readonly import: string }): Readonly<Record<string, T>>
}
