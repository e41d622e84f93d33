/** Do two values say the same? For plain data: what comes from the engine anew after each edit is mostly what was there before. */
export function isSameData(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one)) return Array.isArray(other) && isSameList(one, other)
  if (one instanceof Set) return other instanceof Set && one.size === other.size && [...one].every((item) => other.has(item))
  return isPlain(one) && isPlain(other) && isSameRecord(one, other)
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (!isSameData(one[index], other[index])) return false
  return true
}

/** What others hold, such as Maps and Dates, is not in their own names. */
function isPlain(one: object): boolean {
  const prototype = Object.getPrototypeOf(one)
  return prototype === Object.prototype || prototype === null
}

function isSameRecord(one: object, other: object): boolean {
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  for (const name of names) if (!Object.hasOwn(other, name) || !isSameData(Reflect.get(one, name), Reflect.get(other, name))) return false
  return true
}
