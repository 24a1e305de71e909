import { Input, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';
import { ConceptList } from './ConceptList';
import { DefinitionList } from './DefinitionList';
import { CATALOGUES } from './catalogues';

/** The master data of the group: what can be ordered, given, charged, and in which words. */
export function Catalogues() {
  const { t } = useTranslation();
  const [code, setCode] = useState(CATALOGUES[0]!.code);
  const [text, setText] = useState('');
  const catalogue = CATALOGUES.find((one) => one.code === code)!;
  return (
    <Page wide title={t('catalogue.title')} intro={t('catalogue.intro')}>
      <Tabs
        activeKey={code}
        onChange={(next) => {
          setCode(next);
          setText('');
        }}
        items={CATALOGUES.map((one) => ({ key: one.code, label: t(`catalogue.${one.code}`) }))}
      />
      <Input.Search
        allowClear
        autoFocus
        className="catalogue-search"
        value={text}
        aria-label={t('catalogue.find')}
        placeholder={t('catalogue.findHint')}
        onChange={(event) => setText(event.target.value)}
      />
      {'type' in catalogue ? (
        <DefinitionList key={code} catalogue={catalogue} text={text} />
      ) : (
        <ConceptList key={code} system={catalogue.system} text={text} />
      )}
    </Page>
  );
}
