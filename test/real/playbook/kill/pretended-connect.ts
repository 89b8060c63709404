import { connect as really } from '../../../../src/cluster/connect.ts'
import { pretended } from '../../change/matrix/pretended.ts'

export * from '../../../../src/cluster/connect.ts'
/** As src/cluster/connect.ts, on a cluster without nodes. */
export const connect: typeof really = async (...words) => pretended(await really(...words))
