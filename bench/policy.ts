/**
 * Deciding what becomes of 1,000,000 records. Ours parses each line of facts and decides the record; beside it, in turns, the
 * same lines are only parsed (JSON.parse, line by line). For the commonest shape of facts and for the fullest.
 */
import type { Bench } from './bench.ts';
import { runChild } from './child.ts';
import type { DecideInput, DecideOutput } from './policy-decide.ts';
import { type Shape, shapes } from './policy-lines.ts';
import { type Figure, loadNow, median } from './report.ts';

const fullLines = 1_000_000;

export const policyBench: Bench = {
  name: 'policy',
  run: async ({ small, say, profileDir }) => {
    const lines = small ? fullLines / 10 : fullLines;
    const figures: Figure[] = [];
    const once = async (side: DecideInput['side'], shape: Shape): Promise<number> => {
      const options = { profileDir: side === 'ours' ? profileDir : undefined, asWorker: true };
      const input = { side, shape, lines };
      const { output, peakRssBytes } = await runChild<DecideInput, DecideOutput>('policy-decide', input, options);
      if (output.lines !== lines) throw new Error(`${output.lines} of ${lines} lines`);
      const decided = side === 'ours' ? `, ${output.decisions} decisions` : '';
      const peak = `peak ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB`;
      const spent = `${output.seconds.toFixed(2)} s, ${output.processorSeconds.toFixed(2)} s of processor`;
      say(`policy: ${shape}, ${side} ${spent}${decided}, ${peak}`);
      return output.seconds;
    };
    for (const shape of shapes) {
      const runs: { ours: number[]; baseline: number[] } = { ours: [], baseline: [] };
      const loadBefore = loadNow();
      for (let run = 0; run < (small ? 1 : 5); run++) {
        runs.ours.push(await once('ours', shape));
        runs.baseline.push(await once('parsing', shape));
      }
      const ratio = median(runs.baseline) / median(runs.ours);
      figures.push({
        ...{ bench: 'policy', what: `${lines} records decided, ${shape}`, unit: 's', ours: median(runs.ours) },
        ...{ baseline: median(runs.baseline), against: 'JSON.parse of the same lines', ratio },
        ...{ target: '≥ 0.5', pass: ratio >= 0.5, runs, loadBefore },
      });
    }
    return figures;
  },
};
