import { placeName } from '../../store/steps.ts'
import { appState } from '../../store/store.ts'

/** Where to look: the packet's own way, or one place that stays. */
export function PlaceSelect({
  where,
  follows,
  places,
}: {
  readonly where: string
  readonly follows: boolean
  readonly places: readonly string[]
}) {
  const { openKernel } = appState()
  return (
    <select
      aria-label="Whose kernel"
      value={follows ? '' : where}
      onChange={({ target }) => openKernel(target.value === '' ? null : target.value)}
    >
      <option value="">{`where the packet is: ${placeName(where)}`}</option>
      {places.map((place) => (
        <option key={place} value={place}>
          {placeName(place)}
        </option>
      ))}
    </select>
  )
}
