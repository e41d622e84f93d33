import { LocateFixed } from 'lucide-react'
import { appState, useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import styles from './transport.module.css'

/** Whether the camera keeps the packet in view. */
export function FollowButton() {
  const follows = useStore((state) => state.cameraFollows)
  return (
    <Button
      look="ghost"
      className={styles.follow}
      aria-pressed={follows}
      aria-label="Follow the packet"
      title="The camera follows the packet (C)"
      onClick={() => appState().setCameraFollows(!follows)}
    >
      <LocateFixed size={15} aria-hidden />
      <span>Follow</span>
    </Button>
  )
}
