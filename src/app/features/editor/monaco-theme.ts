/** Monaco's colours, taken from the tokens: keys quiet, values strong, no hue. */
import { editor } from 'monaco-editor/editor'

/** Values of `ui/tokens.css`, which Monaco cannot read as custom properties. */
const LIGHT = {
  base: 'vs',
  bg: '#ffffff',
  ink: '#15171b',
  ink2: '#3f444b',
  ink3: '#5f646c',
  sunken: '#eaeae5',
  line: '#dad9d3',
  raised: '#ffffff',
  match: '#e6ecfa',
  drop: '#c0190a',
  rewrite: '#855b00',
  stroke: '#7d8187',
} as const
const DARK = {
  base: 'vs-dark',
  bg: '#191b20',
  ink: '#f1f2f4',
  ink2: '#c6cad1',
  ink3: '#9aa1ac',
  sunken: '#0c0d10',
  line: '#2d3038',
  raised: '#22252c',
  match: '#172744',
  drop: '#ff6f61',
  rewrite: '#f2b92b',
  stroke: '#737985',
} as const

/** Defines both themes. */
export function defineThemes(): void {
  for (const [name, colors] of [
    ['packetwalk-light', LIGHT],
    ['packetwalk-dark', DARK],
  ] as const)
    editor.defineTheme(name, themeOf(colors))
}

function themeOf(colors: typeof LIGHT | typeof DARK): editor.IStandaloneThemeData {
  const ink = colors.ink.slice(1)
  return {
    base: colors.base,
    inherit: true,
    rules: [
      { token: '', foreground: colors.ink2.slice(1) },
      { token: 'type', foreground: colors.ink2.slice(1) },
      { token: 'operators', foreground: colors.ink3.slice(1) },
      { token: 'delimiter', foreground: colors.ink3.slice(1) },
      { token: 'delimiter.bracket', foreground: colors.ink2.slice(1) },
      { token: 'type.yaml', foreground: colors.ink2.slice(1) },
      { token: 'comment', foreground: colors.ink3.slice(1), fontStyle: 'italic' },
      { token: 'meta', foreground: colors.ink3.slice(1) },
      ...['string', 'string.yaml', 'number', 'number.yaml', 'number.date.yaml', 'keyword', 'keyword.yaml', 'tag', 'namespace'].map(
        (token) => ({ token, foreground: ink, fontStyle: 'bold' }),
      ),
    ],
    colors: {
      'editor.background': colors.bg,
      'editor.foreground': colors.ink2,
      'editor.foldBackground': colors.sunken,
      'editorLineNumber.foreground': colors.ink3,
      'editorLineNumber.dimmedForeground': colors.ink3,
      'editorLineNumber.activeForeground': colors.ink,
      'editorCursor.foreground': colors.ink,
      'editor.selectionBackground': colors.match,
      'editor.inactiveSelectionBackground': colors.sunken,
      'editorError.foreground': colors.drop,
      'editorWarning.foreground': colors.rewrite,
      'editorInfo.foreground': colors.stroke,
      'editorWidget.background': colors.raised,
      'editorWidget.border': colors.line,
      'editorHoverWidget.background': colors.raised,
      'editorHoverWidget.border': colors.line,
      'editorSuggestWidget.background': colors.raised,
      'editorSuggestWidget.border': colors.line,
      'editorSuggestWidget.foreground': colors.ink,
      'editorSuggestWidget.selectedBackground': colors.sunken,
      'editorSuggestWidget.selectedForeground': colors.ink,
      'editorSuggestWidget.highlightForeground': colors.ink,
      'list.hoverBackground': colors.sunken,
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`editorBracketHighlight.foreground${level}`, colors.ink2])),
      focusBorder: colors.ink,
      'editorOverviewRuler.border': '#00000000',
      'scrollbarSlider.background': `${colors.stroke}55`,
      'scrollbarSlider.hoverBackground': `${colors.stroke}88`,
      'scrollbarSlider.activeBackground': `${colors.stroke}aa`,
    },
  }
}
