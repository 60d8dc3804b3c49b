/** What a client that cannot do TLS is told where its configuration does not allow plain HTTP. */
export const needsPlainHttp =
  "This client cannot do HTTPS, and this configuration does not allow plain HTTP: ask your administrator to allow it.";
