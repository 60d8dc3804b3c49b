export const home = {
  tenant: "Tenant",
  since: "Since",
  noTenants: "There are no tenants yet",
  noTenantsHint: "Make the first one under Operator, Tenants.",
  configurations: "enabled SCEP configurations",
  authorities: "certificate authorities",
  waiting: "token requests that wait for approval",
  nothing: "Nothing is set up yet",
  nothingHint:
    "A certificate authority, a certificate template and a SCEP configuration are needed before the first device can enrol.",
};
