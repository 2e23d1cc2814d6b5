import type { Request } from '../../../ocpp/mod.js';
import type { Station } from '../../station.js';
import type { Handler2x } from './handler.js';

type Swap = Request<'2.1', 'BatterySwap'>;

function tell(station: Station, facts: Pick<Swap, 'eventType' | 'requestId' | 'idToken'>, soC: number): void {
  const request: Swap = {
    ...facts,
    batteryData: [{ evseId: 1, serialNumber: `BAT-${station.random.text(8)}`, soC, soH: 97 }],
  };
  station.session.call('BatterySwap', request);
}

/** 2.1 S: a charged battery goes out, then an empty one comes in. */
export const requestBatterySwap: Handler2x<'RequestBatterySwap'> = ({ station }, { requestId, idToken }) => {
  station.afterAnswer(() => {
    tell(station, { eventType: 'BatteryOut', requestId, idToken }, 95);
    station.timers.after(station.settings.stepMs, () =>
      tell(station, { eventType: 'BatteryIn', requestId, idToken }, 12),
    );
  });
  return { status: 'Accepted' };
};
