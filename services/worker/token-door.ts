import type { Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { startOrStop, WatchedFile, type Logger } from '../../libs/ops/mod.js';
import { startDecider } from './decider.js';
import type { TokenSettings } from './settings.js';
import { readTokens, type Tokens } from './tokens-file.js';

/**
 * Who may charge: `any`: anybody, unless a business service decides; `known`: the id tokens of a file, whatever business services
 * say; `ask`: those that a business service accepts; without one, none.
 */
export type TokenDoor = 'any' | 'known' | 'ask';

export function tokenDoorOf({ mode, tokensFile }: TokenSettings): TokenDoor {
  if (tokensFile !== undefined) return 'known';
  return mode === 'open' ? 'any' : 'ask';
}

export interface OpenTokenDoor {
  /** Reads the tokens file now; false when it was refused, which is logged. True without a file. */
  reload(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Answers the questions about id tokens that come over the bus: from the tokens file, which is read again when it changes, or,
 * in open mode where no business service decides, with Accepted. Leaves them to business services where neither is set.
 * @throws ConfigError with what is wrong with the file.
 */
export async function openTokenDoor(
  settings: TokenSettings,
  { bus, clock, logger }: { readonly bus: Bus; readonly clock: Clock; readonly logger: Logger },
): Promise<OpenTokenDoor> {
  const { tokensFile } = settings;
  return await startOrStop(logger, async (closers) => {
    let tokens: Tokens | 'any' = 'any';
    const load = async (file: string): Promise<object> => {
      tokens = await readTokens(file);
      return { tokens: tokens.size };
    };
    const watched =
      tokensFile === undefined
        ? undefined
        : await WatchedFile.open({ file: tokensFile, load, clock, logger });
    if (watched !== undefined) closers.add(() => watched.close());
    if (tokenDoorOf(settings) !== 'ask') {
      closers.add(startDecider({ bus, clock, logger, tokens: () => tokens }));
    }
    return { reload: async () => (await watched?.reload()) ?? true, close: () => closers.close() };
  });
}
