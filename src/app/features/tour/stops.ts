/** What the tour shows, in its order. */

export interface TourStop {
  /** CSS selector of what it explains. */
  readonly target: string
  /** The side of it where the card has room. */
  readonly side: 'top' | 'right' | 'bottom' | 'left'
  /** So far outside of it the line around it runs, px: controls have borders of their own. */
  readonly margin?: number
  readonly title: string
  readonly text: string
}

export const STOPS: readonly TourStop[] = [
  {
    target: 'main',
    side: 'bottom',
    title: 'A packet is walking',
    text: 'Two nodes with their pods, and Services above them. The letter is a packet: its tail says from whom, its point to whom. Amber: rewritten here.',
  },
  {
    target: 'header form',
    side: 'bottom',
    margin: 5,
    title: 'Who sends, and to whom',
    text: 'Name both ends, then Walk. Pods, nodes, hosts and the internet can send; Services, addresses and names can be called.',
  },
  {
    target: 'section[aria-label="Timeline"]',
    side: 'top',
    title: 'Time goes both ways',
    text: 'Space plays, ← and → go by single events. Every table, cache and counter is as it was at that moment.',
  },
  {
    target: '[data-testid="walk"]',
    side: 'left',
    title: 'What decided',
    text: 'Each step in words. Below: the rule, route or table that decided it, and the line of the scenario that rule comes from.',
  },
  {
    target: 'section[aria-label="Scenario"]',
    side: 'right',
    title: 'The text is the network',
    text: 'Type, and the picture follows; draw, and the text follows. Ctrl K finds every command, ? shows every key.',
  },
]
