import type { Handler2x } from './handler.js';

/** Slots for network connection profiles. */
const NETWORK_SLOTS = 8;

/** 2.0.1 B09. The simulated station takes the profile, but goes on to use the connection that it has. */
export const setNetworkProfile: Handler2x<'SetNetworkProfile'> = (_dialect, request) => {
  const { configurationSlot, connectionData } = request;
  const fits = configurationSlot >= 0 && configurationSlot < NETWORK_SLOTS;
  return { status: fits && connectionData.ocppTransport === 'JSON' ? 'Accepted' : 'Rejected' };
};

/** 2.0.1 B11, B12. OnIdle waits for running transactions; so does the reset of a single EVSE, which only restarts that. */
export const reset: Handler2x<'Reset'> = ({ station }, { type, evseId }) => {
  const busy = station.evses.some((evse) => evse.busy && (evseId ?? evse.id) === evse.id);
  if (evseId !== undefined) {
    const evse = station.evse(evseId);
    if (evse === undefined) return { status: 'Rejected' };
    if (type === 'OnIdle' && busy) return { status: 'Scheduled' };
    station.afterAnswer(() => {
      station.charging.stop(evse, 'HardReset');
      station.charging.unplug(evse);
    });
    return { status: 'Accepted' };
  }
  if (type === 'OnIdle') {
    station.afterAnswer(() => station.whenIdle(() => station.reboot('ScheduledReset', 'SoftReset')));
    return { status: busy ? 'Scheduled' : 'Accepted' };
  }
  station.afterAnswer(() => station.reboot('RemoteReset', 'HardReset'));
  return { status: 'Accepted' };
};

export const dataTransfer: Handler2x<'DataTransfer'> = ({ station }, { vendorId, messageId, data }) => {
  if (vendorId !== station.settings.vendor) return { status: 'UnknownVendorId' };
  if (messageId !== 'Echo') return { status: 'UnknownMessageId' };
  return { status: 'Accepted', ...(data === undefined ? {} : { data }) };
};
