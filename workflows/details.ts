/**
 * The lines that Temporal's own user interface shows for a request: a system's id, state, stage, code and tries. Pure.
 * Every word is checked again by the codec (src/security/metadata.ts), so nothing else may be added here.
 */
import type { Lane } from './lanes.ts';

/** Markdown, one line a lane. */
export function detailsOf(
  state: string,
  lanes: readonly Pick<Lane, 'systemId' | 'state' | 'stage' | 'code' | 'attempts'>[],
): string {
  const lines = lanes.map((lane) => {
    const words: string[] = [lane.state === 'idle' ? 'waiting' : lane.state];
    if (lane.stage !== null) words.push(lane.stage);
    if (lane.code !== null) words.push(lane.code);
    if (lane.attempts > 0) words.push(String(lane.attempts));
    return `- ${lane.systemId}: ${words.join(', ')}`;
  });
  return [state, ...lines].join('\n');
}
