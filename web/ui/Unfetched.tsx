import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { CircleAlert } from 'lucide-react'
import { isOutdated } from '../fetched.ts'
import { Notice } from './Notice.tsx'

/**
 * Why a page or a part of it is not there: its code did not arrive, or is of a build that the server has no more. Nothing reloads
 * by itself, and nothing while the server is not reached: that would leave an empty window.
 */
export function Unfetched() {
  const { data: outdated } = useQuery({
    queryKey: ['outdated'],
    queryFn: isOutdated,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  })
  const again = useMutation({ mutationFn: isOutdated, onSuccess: () => location.reload() })
  return (
    <Notice
      icon={<CircleAlert aria-hidden />}
      title={outdated ? 'Claviger was updated' : 'This did not load'}
      alert
    >
      <p>
        {outdated
          ? 'This window still runs the version before. Reload it to go on.'
          : again.isError
            ? 'Claviger is not reached yet. Check your connection.'
            : 'Its code did not arrive. Check your connection and try again.'}
      </p>
      <Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>
        {outdated ? 'Reload' : 'Try again'}
      </Button>
    </Notice>
  )
}
