/**
 * The sample company in a database of a test file's own, and the least-privilege URLs that a connector gets.
 */
import { eraserUrl, type LoadReport, loadSampleCompany, readerUrl } from '../../src/local/sample/load.ts';
import { freshDatabase } from './servers.ts';

/** Roles belong to the server, not to a database: all files of a run give each role this one password. */
export const readerPassword = "reader's password";
export const eraserPassword = "eraser's password";

/** Loads the sample company; `url` is the administrator's, `readerUrl` and `eraserUrl` what the connector should be given. */
export async function freshSampleCompany(label: string): Promise<{
  readonly url: string;
  readonly readerUrl: string;
  readonly eraserUrl: string;
  readonly report: LoadReport;
}> {
  const { url } = await freshDatabase(label);
  const report = await loadSampleCompany({ databaseUrl: url, readerPassword, eraserPassword });
  return { url, readerUrl: readerUrl(url, readerPassword), eraserUrl: eraserUrl(url, eraserPassword), report };
}
