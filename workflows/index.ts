/** The workflow types, and nothing else: Temporal takes every export of this file for one. */
export { packageExpiry } from './package-expiry.ts';
export { subjectRequest } from './subject-request.ts';
export { sweep } from './sweep.ts';
export { sweepDue } from './sweep-due.ts';
