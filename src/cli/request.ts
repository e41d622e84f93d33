/** Reading the fields of a JSON request: each that is missing or of another kind is named in the error. */

/** The request cannot be answered; the message is for who sent it. */
export class RequestError extends Error {}

export type Fields = Readonly<Record<string, unknown>>

/** The value as an object with fields. */
export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RequestError(`${name} must be an object`)
  return value as Fields
}

/** A text field. */
export function textField(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw new RequestError(`"${name}" must be a text`)
  return value
}

/** A text field that may be missing or null. */
export function optionalText(fields: Fields, name: string): string | null {
  return fields[name] === undefined || fields[name] === null ? null : textField(fields, name)
}

/** A whole number from `least` to `most`; `fallback` where the field is missing or null. */
export function numberField(
  fields: Fields,
  name: string,
  range: { readonly least: number; readonly most: number; readonly fallback?: number },
): number {
  const value = fields[name] ?? range.fallback
  if (typeof value !== 'number' || !Number.isInteger(value) || value < range.least || value > range.most)
    throw new RequestError(`"${name}" must be a whole number from ${range.least} to ${range.most}`)
  return value
}

/** A list of texts. */
export function textsField(fields: Fields, name: string): readonly string[] {
  const value = fields[name]
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw new RequestError(`"${name}" must be a list of texts`)
  return value
}

/** A list of anything. */
export function listField(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name]
  if (!Array.isArray(value)) throw new RequestError(`"${name}" must be a list`)
  return value
}
