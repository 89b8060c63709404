import type { Cluster } from '../../cluster/cluster.ts'

/**
 * The time by the server's clock, from the Date of an answer (whole seconds, never ahead): responders' own clocks differ, and a
 * lease must not expire by one of them. Undefined where something in between takes the header away. Throws SecureError.
 */
export async function serverTime(cluster: Cluster): Promise<Date | undefined> {
  // Everyone with credentials may ask for it (the ClusterRole system:public-info-viewer).
  const { headers } = await cluster.request({ path: '/version' })
  const time = Date.parse(headers.date ?? '')
  return Number.isNaN(time) ? undefined : new Date(time)
}
