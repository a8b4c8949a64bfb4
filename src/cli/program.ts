/**
 * The tree of commands. One file per group below commands/; this file only hangs them up and sets what commander does
 * with mistakes: nothing by itself, they are told by failures.ts.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { fromRoot } from '../root.ts';
import { clockCommand } from './clock.ts';
import { auditVerify } from './commands/audit.ts';
import { configCheck } from './commands/config-check.ts';
import { evidenceVerify, requestsEvidence } from './commands/evidence.ts';
import { holdsList, holdsPlace, holdsRelease } from './commands/holds.ts';
import { instructionsList, instructionsNew, instructionsShow } from './commands/instructions.ts';
import { instructionsApprove, instructionsCancel, instructionsRefuse } from './commands/instructions-review.ts';
import { localDown, localReset, localStatus, localUp } from './commands/local.ts';
import { mapCheck } from './commands/map.ts';
import { mapImport } from './commands/map-import.ts';
import { masksApprove, masksChange, masksShow } from './commands/masks.ts';
import { migrate } from './commands/migrate.ts';
import { packageDownload } from './commands/package.ts';
import { peopleList, peopleNew, peopleUse } from './commands/people.ts';
import { policyExplain } from './commands/policy.ts';
import { receiptKeys, receiptRotateKey, receiptVerify, requestsReceipt } from './commands/receipt.ts';
import { requestsList, requestsShow } from './commands/requests.ts';
import { requestsDoneByHand, requestsLeaveUnresolved } from './commands/requests-by-hand.ts';
import {
  requestsCancel,
  requestsClockPause,
  requestsDelivered,
  requestsExtend,
  requestsIdentity,
  requestsRetry,
} from './commands/requests-decide.ts';
import { requestsFind } from './commands/requests-find.ts';
import { requestsLetter } from './commands/requests-letter.ts';
import { requestsNew } from './commands/requests-new.ts';
import { requestsApprove, requestsPlan, requestsReject, requestsSuccessor } from './commands/requests-plan.ts';
import { requestsLiftRestriction } from './commands/requests-restriction.ts';
import { requestsSendPart } from './commands/requests-send-part.ts';
import { restoreReplay } from './commands/restore.ts';
import { retentionList, retentionShow } from './commands/retention.ts';
import { retentionReceipt, retentionTold } from './commands/retention-proof.ts';
import { retentionApprove, retentionAutomatic, retentionReject, retentionSweep } from './commands/retention-sweep.ts';
import { suppressionCheck, suppressionExport, suppressionLift } from './commands/suppression.ts';
import { systemsCheck, systemsList } from './commands/systems.ts';
import { systemsPause, systemsResume } from './commands/systems-stop.ts';
import { tasksAnswer, tasksShow } from './commands/tasks.ts';
import { tasksList } from './commands/tasks-list.ts';
import { worker } from './commands/worker.ts';
import { exitCodes } from './exit-codes.ts';
import { addGlobalOptions, type Frame } from './frame.ts';

/** A fresh tree for one run. */
export function buildProgram(frame: Frame): Command {
  const program = new Command('habeas')
    .description('Finds everything a company holds on one person, hands it over or erases it, and proves it.')
    .version(version(), '--version', 'the version of this program')
    .enablePositionalOptions();
  addGlobalOptions(program, true);
  const groups = [
    frame.group('requests', 'Requests of people: open, follow, decide.', [
      requestsNew(frame),
      requestsList(frame),
      requestsShow(frame),
      requestsFind(frame),
      requestsIdentity(frame),
      requestsExtend(frame),
      requestsClockPause(frame),
      requestsRetry(frame),
      requestsDoneByHand(frame),
      requestsLeaveUnresolved(frame),
      requestsCancel(frame),
      requestsLetter(frame),
      requestsDelivered(frame),
      requestsSendPart(frame),
      requestsPlan(frame),
      requestsApprove(frame),
      requestsReject(frame),
      requestsSuccessor(frame),
      requestsLiftRestriction(frame),
      requestsReceipt(frame),
      requestsEvidence(frame),
    ]),
    frame.group('instructions', 'What customers instruct about a whole workspace.', [
      instructionsNew(frame),
      instructionsList(frame),
      instructionsShow(frame),
      instructionsApprove(frame),
      instructionsRefuse(frame),
      instructionsCancel(frame),
    ]),
    frame.group('tasks', 'What waits for a person.', [tasksList(frame), tasksShow(frame), tasksAnswer(frame)]),
    frame.group('masks', 'What is masked in records that the person had not seen, before they get them.', [
      masksShow(frame),
      masksChange(frame),
      masksApprove(frame),
    ]),
    frame.group('holds', 'What stops an erasure until a person releases it.', [
      holdsPlace(frame),
      holdsRelease(frame),
      holdsList(frame),
    ]),
    frame.group('suppression', 'Who is not written to any more.', [
      suppressionCheck(frame),
      suppressionExport(frame),
      suppressionLift(frame),
    ]),
    frame.group('retention', 'What is kept or expires, why and until when.', [
      retentionList(frame),
      retentionShow(frame),
      retentionSweep(frame),
      retentionApprove(frame),
      retentionReject(frame),
      retentionAutomatic(frame),
      retentionReceipt(frame),
      retentionTold(frame),
    ]),
    frame.group('restore', 'After a system was restored from a backup.', [restoreReplay(frame)]),
    frame.group('package', 'What the person gets.', [packageDownload(frame)]),
    frame.group('receipt', 'The signed statement of what was done.', [
      receiptVerify(frame),
      receiptKeys(frame),
      receiptRotateKey(frame),
    ]),
    frame.group('evidence', 'What an authority gets.', [evidenceVerify(frame)]),
    frame.group('systems', 'The systems that hold personal data.', [
      systemsList(frame),
      systemsCheck(frame),
      systemsPause(frame),
      systemsResume(frame),
    ]),
    frame.group('people', 'The people who may decide.', [peopleNew(frame), peopleUse(frame), peopleList(frame)]),
    frame.group('audit', 'The audit chain.', [auditVerify(frame)]),
    clockCommand(),
    frame.group('policy', 'What the law keeps, and until when.', [policyExplain(frame)]),
    frame.group('config', 'The configuration.', [configCheck(frame)]),
    frame.group('map', 'The data maps: what each table is, whose, and how it leads to a person.', [
      mapCheck(frame),
      mapImport(frame),
    ]),
    migrate(frame),
    worker(frame),
    frame.group('local', 'The local stack with the sample company.', [
      localUp(frame),
      localDown(frame),
      localStatus(frame),
      localReset(frame),
    ]),
  ];
  for (const command of groups) program.addCommand(command);
  program.addHelpText('after', overview());
  program.hook('preAction', (root, action) => {
    // Commands made elsewhere (clock) know only their own --json.
    if (root.opts<{ json?: boolean }>().json === true) action.setOptionValue('json', true);
  });
  settle(program, frame);
  return program;
}

function overview(): string {
  const codes = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`);
  const examples = [
    'local up',
    'requests new --rights access --email ada@example.com',
    'requests list',
    'requests show ID --watch',
  ];
  return `\nExamples:\n${examples.map((line) => `  $ habeas ${line}`).join('\n')}\n\nExit codes:\n${codes.join('\n')}`;
}

/** Every command in the tree, depth first, the given one included. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((child) => everyCommand(child))];
}

function settle(program: Command, frame: Frame): void {
  for (const command of everyCommand(program)) {
    command.exitOverride();
    command.helpCommand(false);
    // Help goes where commander sends it (standard error where a command is missing); mistakes are told by failures.ts.
    command.configureOutput({
      writeOut: (text) => frame.io.out(text),
      writeErr: (text) => frame.io.err(text),
      outputError: () => undefined,
    });
  }
}

function version(): string {
  const text: unknown = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}
