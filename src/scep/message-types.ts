/** The numbers of RFC 8894: messageType (3.2.1.2), pkiStatus (3.2.1.3), failInfo (3.2.1.4). Pure. */

export const messageTypes = {
  CertRep: "3",
  RenewalReq: "17",
  PKCSReq: "19",
  CertPoll: "20",
  GetCert: "21",
  GetCRL: "22",
} as const;

export const pkiStatuses = { SUCCESS: "0", FAILURE: "2", PENDING: "3" } as const;
export type PkiStatus = keyof typeof pkiStatuses;

export const failInfos = {
  badAlg: "0",
  badMessageCheck: "1",
  badRequest: "2",
  badTime: "3",
  badCertId: "4",
} as const;
export type FailInfo = keyof typeof failInfos;
