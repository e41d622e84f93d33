/** Words for one rule: pure text work of the narrator's, which the page does by itself for each row it shows. */
export { explainRule, type RuleExplanation } from '../engine/narrator/explain-rule.ts'
