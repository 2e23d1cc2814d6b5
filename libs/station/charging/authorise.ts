import type { Station } from '../station.js';
import type { IdToken } from '../transaction.js';

/** May this token charge? `status` is an AuthorizationStatus, or tells what the station decided alone. */
export interface Verdict {
  readonly accepted: boolean;
  readonly status: string;
}

/**
 * Asks the central system, or decides alone while it cannot be asked: by the local list, else by whether unknown tokens may
 * charge offline (1.6 3.5, 2.0.1 C13 to C15). `done` is never called within this call.
 */
export function authorise(station: Station, idToken: IdToken, done: (verdict: Verdict) => void): void {
  const { dialect } = station;
  station.session.call('Authorize', dialect.authorizeRequest(idToken), {
    done: (outcome) => {
      if (outcome.kind === 'unsent' || outcome.kind === 'lost') {
        done(decideOffline(station, idToken));
        return;
      }
      const status = outcome.kind === 'result' ? dialect.authorizationStatus(outcome.payload) : undefined;
      done({ accepted: status === 'Accepted', status: status ?? outcome.kind });
    },
  });
}

function decideOffline(station: Station, idToken: IdToken): Verdict {
  const listed = station.localList.status(idToken.idToken);
  if (listed !== undefined) return { accepted: listed === 'Accepted', status: listed };
  const accepted = station.dialect.tuning.allowUnknownOffline();
  return { accepted, status: accepted ? 'OfflineAccepted' : 'OfflineUnknown' };
}
