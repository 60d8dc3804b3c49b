export const home = {
  tenant: "Tenant",
  since: "Since",
  noTenants: "There are no tenants yet",
  noTenantsHint: "Make the first one under Operator, Tenants.",
};
