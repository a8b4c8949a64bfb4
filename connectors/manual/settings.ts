/** Who is asked about a system that no program can reach, what they are told, and in how many days. Nothing secret. */
import { type Static, Type } from 'typebox';

export const SettingsSchema = Type.Object(
  {
    instructions: Type.String({
      minLength: 20,
      maxLength: 4_000,
      description:
        'What is to be done, for whoever gets the task: where to look, by what, what to leave alone, how to erase, which copies there are. Shown with the task: write nothing about a person.',
    }),
    role: Type.Enum(['agent', 'officer'], { description: 'Who may answer: people of this role.' }),
    owner: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9_-]{0,39}$',
        description: 'The id of the person of `people` who looks after it; without one, everybody of the role is told.',
      }),
    ),
    days: Type.Integer({
      minimum: 1,
      maximum: 28,
      description: 'Days from asking until it is due; never later than the internal target. No default.',
    }),
  },
  {
    additionalProperties: false,
    $id: 'https://habeas.invalid/schema/manual-settings.json',
    title: 'manual settings',
  },
);
export type Settings = Static<typeof SettingsSchema>;
