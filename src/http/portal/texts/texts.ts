/**
 * Everything that the portal says, one file a page in a folder a language. Another language is another folder whose
 * dictionary has the type of the English one.
 */
import { common } from "./en/common.ts";
import { home } from "./en/home.ts";
import { members } from "./en/members.ts";
import { navigation } from "./en/navigation.ts";
import { signIn } from "./en/sign-in.ts";

const english = { common, home, members, navigation, signIn };

export type Texts = typeof english;

/** What was done, told on the page that follows: the query carries its name, never its words. */
export const notices = {
  "member-added": english.members.added,
  "member-removed": english.members.removed,
} as const;

export type Notice = keyof typeof notices;

export const texts: Texts = english;
