/** A guess at which client this is, for people who read logs. Nothing is decided by it. */
const known: readonly (readonly [RegExp, string])[] = [
  [/certmonger/i, "certmonger"],
  [/strongswan/i, "strongSwan"],
  [/ndes client|microsoft/i, "Windows"],
  [/cfnetwork|darwin|apple|com\.apple/i, "Apple"],
  [/cisco/i, "Cisco"],
  [/fortigate|fortios/i, "FortiGate"],
  [/sonicwall/i, "SonicWall"],
  [/mikrotik/i, "MikroTik"],
  [/dalvik|okhttp|android/i, "Android"],
  [/java/i, "Java (jscep)"],
  [/go-http-client/i, "Go (scepclient)"],
  [/curl/i, "curl"],
];

export function clientKind(userAgent: string | null): string {
  if (!userAgent) return "unnamed";
  return known.find(([pattern]) => pattern.test(userAgent))?.[1] ?? userAgent.slice(0, 60);
}
