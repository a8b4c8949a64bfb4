/** Jest's global teardown: stops this run's servers, if any were started, and removes its folder. */
import { removeRun } from './reap.mjs';

export default async function teardown() {
  if (process.env.HABEAS_TEST_RUN !== undefined) await removeRun(process.env.HABEAS_TEST_RUN);
}
