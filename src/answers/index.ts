/** The door of the letters that answer a right which no package answers. */
export { type AnswerDelivery, deliverAnswer, printAnswer } from './deliver.ts';
