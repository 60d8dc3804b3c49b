/**
 * Everything that the portal says, one file a page in a folder a language. Another language is another folder whose
 * dictionary has the type of the English one.
 */
import { apiKeys } from "./en/api-keys.ts";
import { auditLog } from "./en/audit-log.ts";
import { common } from "./en/common.ts";
import { home } from "./en/home.ts";
import { members } from "./en/members.ts";
import { navigation } from "./en/navigation.ts";
import { settings } from "./en/settings.ts";
import { signIn } from "./en/sign-in.ts";
import { tenants } from "./en/tenants.ts";

const english = {
  apiKeys,
  auditLog,
  common,
  home,
  members,
  navigation,
  settings,
  signIn,
  tenants,
};

export type Texts = typeof english;

/** What was done, told on the page that follows: the query carries its name, never its words. */
export const notices = {
  "api-key-revoked": english.apiKeys.revokedNotice,
  "entitlements-changed": english.tenants.changed,
  "provider-set": english.settings.providerSet,
  "provider-removed": english.settings.providerRemoved,
  "tenant-added": english.tenants.added,
  "tenant-renamed": english.settings.renamed,
  "member-added": english.members.added,
  "member-removed": english.members.removed,
} as const;

export type Notice = keyof typeof notices;

export const texts: Texts = english;
