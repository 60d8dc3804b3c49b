/** The chain of a configuration: its editor, which works without script, and what GetCACert then answers. */
import { listCertificateAuthorities } from "../../../../administration/certificate-authorities.ts";
import {
  type GetCaCertAnswer,
  previewGetCaCert,
  type ShownChainItem,
} from "../../../../administration/configuration-chain.ts";
import type {
  ChainItem,
  ConfigurationEntry,
} from "../../../../ports/scep-configuration-directory.ts";
import { ErrorSummary, type FormState, freshForm } from "../../components/form.tsx";
import { Facts, Time } from "../../components/values.tsx";
import { everyItem } from "../../every-item.ts";
import type { Fields } from "../../fields.ts";
import { configurationPath, type ReadingVisit } from "./shared.tsx";

/** An item as the form sends it. */
function keyOf(item: ChainItem): string {
  if (item.type === "enrolment-agent") return item.type;
  return item.type === "certificate-authority"
    ? `${item.type}:${item.id}`
    : `${item.type}:${item.id}:${item.position}`;
}

function itemOf(key: string): ChainItem[] {
  const [type = "", id = "", position = ""] = key.split(":");
  switch (type) {
    case "enrolment-agent":
      return [{ type }];
    case "certificate-authority":
      return [{ type, id }];
    case "external-authority":
      return [{ type, id, position: Number(position) }];
    default:
      return [];
  }
}

/** The chain as the page had it, sent along with every button, and what the button does to it. */
export function chainAfter(fields: Fields): readonly ChainItem[] {
  const keys = fields.all("item");
  const [operation, place = ""] = fields.text("operation").split(":");
  const index = Number(place);
  const other = operation === "up" ? index - 1 : index + 1;
  const [here, there] = [keys[index], keys[other]];
  if (operation === "remove") keys.splice(index, 1);
  else if (operation === "add") keys.push(fields.text("addition"));
  else if (operation === "add-agent") keys.unshift("enrolment-agent");
  else if (here !== undefined && there !== undefined) {
    keys[index] = there;
    keys[other] = here;
  }
  return keys.flatMap(itemOf);
}

interface EditorProperties {
  readonly visit: ReadingVisit;
  readonly configuration: ConfigurationEntry;
  readonly chain: readonly ShownChainItem[];
  readonly sent: FormState | undefined;
}

export const ChainEditor = async ({
  visit,
  configuration,
  chain,
  sent = freshForm,
}: EditorProperties) => {
  const said = visit.texts.configurationChain;
  const additions = visit.may("configuration.manage") ? await additionsOf(visit) : undefined;
  const preview = await previewGetCaCert(chain);
  return (
    <section class="card" id="chain">
      <h2>{said.title}</h2>
      <p class="quiet">{said.lead}</p>
      <ErrorSummary errors={sent.errors} />
      {additions ? (
        <form
          method="post"
          action={visit.href(`${configurationPath(configuration.name)}/chain`)}
          hx-post={visit.href(`${configurationPath(configuration.name)}/chain`)}
          hx-target="#chain"
          hx-select="#chain"
          hx-swap="outerHTML"
        >
          <ol class="chain">
            {chain.map((shown, index) => (
              <EditedItem visit={visit} shown={shown} index={index} count={chain.length} />
            ))}
          </ol>
          <div class="row">
            <label class="visually-hidden" for="chain-addition">
              {said.choose}
            </label>
            <select id="chain-addition" name="addition">
              {additions.map(({ key, label }) => (
                <option value={key}>{label}</option>
              ))}
            </select>
            <button type="submit" name="operation" value="add">
              {said.add}
            </button>
            <button type="submit" name="operation" value="add-agent">
              {said.addAgent}
            </button>
          </div>
        </form>
      ) : (
        <ol class="chain">
          {chain.map((shown) => (
            <li>{nameOf(visit, shown)}</li>
          ))}
        </ol>
      )}
      <details>
        <summary>{said.preview}</summary>
        <Preview
          visit={visit}
          answer={preview}
          chain={chain.filter(({ certificateDer }) => certificateDer)}
        />
      </details>
    </section>
  );
};

const nameOf = (visit: ReadingVisit, { item, name }: ShownChainItem): string =>
  item.type === "enrolment-agent" ? visit.texts.configurationChain.agentName : name;

/** Every CA, and what stands above those of outside issuers. */
async function additionsOf(visit: ReadingVisit) {
  const authorities = await everyItem((page) =>
    listCertificateAuthorities(visit.dependencies, visit.access, page),
  );
  return authorities
    .filter(({ certificate }) => certificate !== undefined)
    .flatMap(({ id, name, externalChain = [] }) => [
      { key: keyOf({ type: "certificate-authority", id }), label: name },
      ...externalChain.map((_, position) => ({
        key: keyOf({ type: "external-authority", id, position }),
        label: `${name} ↑ ${position + 1}`,
      })),
    ]);
}

const EditedItem = ({
  visit,
  shown,
  index,
  count,
}: {
  visit: ReadingVisit;
  shown: ShownChainItem;
  index: number;
  count: number;
}) => {
  const said = visit.texts.configurationChain;
  const name = nameOf(visit, shown);
  const place = index + 1;
  return (
    <li>
      <input type="hidden" name="item" value={keyOf(shown.item)} />
      <span class="grow">
        {name}
        {!shown.certificateDer && <small>{` (${said.missing})`}</small>}
      </span>
      <button
        type="submit"
        name="operation"
        value={`up:${index}`}
        disabled={index === 0}
        aria-label={said.upLabel(name, place)}
      >
        {said.up}
      </button>
      <button
        type="submit"
        name="operation"
        value={`down:${index}`}
        disabled={index === count - 1}
        aria-label={said.downLabel(name, place)}
      >
        {said.down}
      </button>
      <button
        type="submit"
        name="operation"
        value={`remove:${index}`}
        aria-label={said.removeLabel(name, place)}
      >
        {said.remove}
      </button>
    </li>
  );
};

const Preview = ({
  visit,
  answer: { contentType, certificates },
  chain,
}: {
  visit: ReadingVisit;
  answer: GetCaCertAnswer;
  chain: readonly ShownChainItem[];
}) => {
  const said = visit.texts.configurationChain;
  return (
    <>
      <p class="quiet">{said.previewLead}</p>
      <p>
        {said.mediaType}: <code>{contentType}</code>
      </p>
      <ol>
        {certificates.map((certificate, index) => (
          <li>
            <h3>{chain[index] && nameOf(visit, chain[index])}</h3>
            <Facts
              facts={[
                [said.subject, certificate.subject],
                [said.issuer, certificate.issuer],
                [said.expires, <Time at={certificate.notAfter} />],
                [said.sha1, <code>{certificate.sha1}</code>],
                [said.sha256, <code>{certificate.sha256Fingerprint}</code>],
              ]}
            />
          </li>
        ))}
      </ol>
    </>
  );
};
