/** The first element of a frame. The last two exist in 2.1 only; a SEND is never answered. */
export const MessageType = { CALL: 2, CALLRESULT: 3, CALLERROR: 4, CALLRESULTERROR: 5, SEND: 6 } as const;
