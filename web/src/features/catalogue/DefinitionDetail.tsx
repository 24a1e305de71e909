import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel';
import { StateTag } from './StateTag';
import { Stewardship } from './Stewardship';
import type { Definition } from './catalogues';
import { codeOf, facts, otherNames, stateOf, titleOf } from './entry';

/** Everything that is known of one entry, and what its stewards can do with it. */
export function DefinitionDetail({ entry }: { entry: Definition }) {
  const { t, i18n } = useTranslation();
  const state = stateOf(entry);
  const names = otherNames(entry, i18n.language);
  return (
    <div className="stack sticky">
      <Panel title={titleOf(entry, i18n.language)} extra={<StateTag state={state} />}>
        {names.length > 0 && <p className="quiet">{names.join(' · ')}</p>}
        <dl className="facts">
          <div>
            <dt>{t('catalogue.code')}</dt>
            <dd className="figures">{codeOf(entry)}</dd>
          </div>
          {facts(entry, i18n.language).map(([key, values]) => (
            <div key={key}>
              <dt>{t(`catalogue.facts.${key}`)}</dt>
              <dd>
                {values.map((one) => (
                  <div key={one}>{one}</div>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        {state === 'draft' && <p className="quiet">{t('catalogue.draftNote')}</p>}
      </Panel>
      <Stewardship entry={entry} state={state} />
    </div>
  );
}
