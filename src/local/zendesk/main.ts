/**
 * The stand-in as a process of its own, for the local stack. Arguments: port, file that keeps the state. Ends with the
 * code 1 if the port is taken, and on SIGTERM or SIGINT with 0: everything that was answered is in the file.
 */
import { untilSignalled } from '../stand-in/process.ts';
import { startZendeskStandIn } from './start.ts';

const [port = '', dataFile = ''] = process.argv.slice(2);
const standIn = await startZendeskStandIn({ port: Number(port), dataFile });
untilSignalled(standIn);
