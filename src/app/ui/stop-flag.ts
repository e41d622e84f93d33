/** The flag of a stop, around its middle; 12 × 12. */
export const FLAG = 'M-5-5H1L5.500 0 1 5H-5Z'
