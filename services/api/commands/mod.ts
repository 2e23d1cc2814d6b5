export { tokenOf, checkedCommandId } from './checks.js';
export { commandStatus, outcomeMessage } from './messages.js';
export {
  commandService,
  type CommandMethods,
  type CommandServiceOptions,
  type DurableCommand,
  type RunningCommands,
} from './service.js';
